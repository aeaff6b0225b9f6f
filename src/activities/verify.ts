/** Comparison of both sides, by interval, by hand and by Schedule. */
import type { VerifyActivities } from '../core/protocol.js';
import { PipelineSession } from '../session/pipeline-session.js';
import type { TableRow } from '../state/store.js';
import type { Dependencies } from './dependencies.js';
import { LOOP_LIMIT_MS, longRunning, type LongRun } from './long-running.js';
import { verifyTable } from './verify-table.js';

const IDLE_MS = 5_000;

export function verifyActivities(deps: Dependencies): VerifyActivities {
  const use = <T>(
    pipeline: string,
    work: (session: PipelineSession, run: LongRun) => Promise<T>,
  ): Promise<T> =>
    longRunning(LOOP_LIMIT_MS, (run) =>
      PipelineSession.use(deps.session, pipeline, 'verify', (session) => work(session, run)),
    );
  return {
    verifyTable: (request) =>
      use(request.pipeline, (session, run) => verifyTable(session, request, run)),
    verifyContinuously: (ref) =>
      use(ref.pipeline, (session, run) => verifyContinuously(session, ref.target, run)),
  };
}

/** Each table when its own interval has passed since its last verification. */
async function verifyContinuously(
  session: PipelineSession,
  targetName: string,
  run: LongRun,
): Promise<{ passed: number; failed: number }> {
  const counts = { passed: 0, failed: 0 };
  const target = await session.target(targetName);
  while (!run.dueToReturn()) {
    const rows = await target.state.tables.list(session.pipeline);
    for (const row of rows.filter((one) => one.target === targetName)) {
      if (run.dueToReturn()) break;
      if (row.phase !== 'streaming' || !isDue(session, row)) continue;
      const ref = { pipeline: session.pipeline, target: targetName, slug: row.slug };
      const request = { ...ref, scope: 'recent', repair: false } as const;
      const { result } = await verifyTable(session, request, run);
      if (result === 'passed') counts.passed += 1;
      if (result === 'failed') counts.failed += 1;
      run.report(counts);
    }
    await run.pause(IDLE_MS);
  }
  return counts;
}

function isDue(session: PipelineSession, row: TableRow): boolean {
  const { verification } = session.settings(row.target, row.source);
  if (verification.rows === 0) return false;
  return row.verifiedAt === null || Date.now() - row.verifiedAt.getTime() >= verification.every;
}
