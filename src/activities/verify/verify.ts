/** Comparison of both sides, by interval, by hand and by Schedule. */
import { toSluiceError } from '../../core/errors.js';
import type { VerifyActivities, VerifyResult } from '../../core/protocol.js';
import { refreshDueAt } from '../../core/refresh-due.js';
import { PipelineSession } from '../../session/pipeline-session.js';
import type { TableRow, VerificationStore } from '../../state/store.js';
import type { Dependencies } from '../dependencies.js';
import { LOOP_LIMIT_MS, longRunning, type LongRun } from '../long-running.js';
import { untilCancelled } from '../until-cancelled.js';
import { isOutage } from './verify-failure.js';
import { verifyTable } from './verify-table.js';

const IDLE_MS = 5_000;

export function verifyActivities(deps: Dependencies): VerifyActivities {
  const use = <T>(
    pipeline: string,
    work: (session: PipelineSession, run: LongRun) => Promise<T>,
  ): Promise<T> =>
    longRunning(LOOP_LIMIT_MS, (run) =>
      PipelineSession.use(deps.session, pipeline, 'verify', (session) =>
        untilCancelled(run, [session], () => work(session, run)),
      ),
    );
  return {
    verifyTable: (request) =>
      use(request.pipeline, (session, run) => verifyTable(session, request, run)),
    verifyContinuously: (ref) =>
      use(ref.pipeline, (session, run) => verifyContinuously(session, ref.target, run)),
  };
}

/** Each table when its own interval has passed since its last verification, or its cron says so. */
async function verifyContinuously(
  session: PipelineSession,
  targetName: string,
  run: LongRun,
): Promise<{ passed: number; failed: number; unsettled: number; errors: number }> {
  const counts = { passed: 0, failed: 0, unsettled: 0, errors: 0 };
  const target = await session.target(targetName);
  const whole = new WholeTables(session, target.state.verification);
  while (!run.dueToReturn()) {
    const rows = await target.state.tables.list(session.pipeline);
    for (const row of rows.filter((one) => one.target === targetName)) {
      if (run.dueToReturn()) break;
      if (row.phase !== 'streaming') continue;
      const full = await whole.isDue(row);
      if (!full && !isDue(session, row)) continue;
      const ref = { pipeline: session.pipeline, target: targetName, slug: row.slug };
      const request = { ...ref, scope: full ? 'full' : 'recent', repair: false } as const;
      const result = await resultOf(() => verifyTable(session, request, run));
      if (full) whole.forget(row);
      if (result === 'passed') counts.passed += 1;
      if (result === 'failed') counts.failed += 1;
      if (result === 'unsettled') counts.unsettled += 1;
      if (result === 'error') counts.errors += 1;
      run.report(counts);
    }
    await run.pause(IDLE_MS);
  }
  return counts;
}

/**
 * One table that cannot be verified keeps no other one waiting: it was written down as its result,
 * and its turn comes again when its interval has passed.
 */
async function resultOf(
  verify: () => Promise<VerifyResult>,
): Promise<VerifyResult['result'] | 'error'> {
  try {
    return (await verify()).result;
  } catch (thrown) {
    if (isOutage(thrown) || toSluiceError(thrown).kind === 'benign') throw thrown;
    return 'error';
  }
}

function isDue(session: PipelineSession, row: TableRow): boolean {
  const { verification } = session.settings(row.target, row.source);
  if (verification.rows === 0) return false;
  return row.verifiedAt === null || Date.now() - row.verifiedAt.getTime() >= verification.every;
}

/** When each table's every row is compared next (`verification.full`). */
class WholeTables {
  readonly #dueAt = new Map<string, number>();

  constructor(
    private readonly session: PipelineSession,
    private readonly store: VerificationStore,
  ) {}

  async isDue(row: TableRow): Promise<boolean> {
    const { full, timezone } = this.session.settings(row.target, row.source).verification;
    if (full === undefined) return false;
    let dueAt = this.#dueAt.get(row.tableId);
    if (dueAt === undefined) {
      const last = (await this.store.lastFull(row.tableId)) ?? row.phaseSince;
      dueAt = refreshDueAt({ cron: full, timezone }, last)?.getTime() ?? Infinity;
      this.#dueAt.set(row.tableId, dueAt);
    }
    return Date.now() >= dueAt;
  }

  /** It was compared just now: ask again when that began. */
  forget(row: TableRow): void {
    this.#dueAt.delete(row.tableId);
  }
}
