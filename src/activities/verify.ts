/** Comparison of both sides, by interval, by hand and by Schedule. */
import { displayName } from '../core/names.js';
import { settleDifferences } from '../core/settle.js';
import type { VerifyActivities, VerifyRequest, VerifyResult } from '../core/protocol.js';
import { compareSides, type Comparison, type VerificationSide } from '../core/verification.js';
import type { DigestRequest, VerifyDatabase } from '../engines/contract/verify.js';
import type { TableModel } from '../engines/contract/schema.js';
import type { SourceDatabase, TargetDatabase } from '../engines/engine.js';
import type { TableRow } from '../state/store.js';
import { asReader } from './care.js';
import type { Dependencies } from './dependencies.js';
import { LOOP_LIMIT_MS, longRunning, type LongRun } from './long-running.js';
import { PipelineSession, requireTable } from '../session/pipeline-session.js';

/** Differences that are listed with their keys; more are only counted. */
const MAX_DIFFERENCES = 1_000;
/** Rows that are read one by one; larger parts are taken apart by digests. */
const MAX_ROWS_READ = 2_000;
const SETTLE_ROUNDS = 10;
const REACH_TIMEOUT_MS = 30_000;
const IDLE_MS = 5_000;

export function verifyActivities(deps: Dependencies): VerifyActivities {
  return {
    verifyTable: (request) =>
      longRunning(LOOP_LIMIT_MS, (run) =>
        PipelineSession.use(deps.session, request.pipeline, 'verify', (session) =>
          verifyTable(session, request, run),
        ),
      ),
    verifyContinuously: (ref) =>
      longRunning(LOOP_LIMIT_MS, (run) =>
        PipelineSession.use(deps.session, ref.pipeline, 'verify', (session) =>
          verifyContinuously(session, ref.target, run),
        ),
      ),
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
      const { result } = await verifyTable(
        session,
        { ...ref, scope: 'recent', repair: false },
        run,
      );
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

async function verifyTable(
  session: PipelineSession,
  request: VerifyRequest,
  run: LongRun,
): Promise<VerifyResult> {
  const target = await session.target(request.target);
  const row = await requireTable(target, request);
  const nothing = { slug: request.slug, sourceRows: 0, targetRows: 0, differences: 0, repaired: 0 };
  if (row.phase !== 'streaming') return { ...nothing, result: 'skipped' };
  const source = await session.source();
  const model = await session.model(row);
  const { verification: store, journal } = target.state;
  const owner = { pipeline: row.pipeline, target: row.target, tableId: row.tableId };
  const id = await store.start({ ...owner, scope: request.scope });
  const requests = digestRequests(session, model, row, request.scope);
  const comparison = await asReader(session, () =>
    compareSides(sideOf(source.verify, requests.source), sideOf(target.verify, requests.target), {
      maxDifferences: MAX_DIFFERENCES,
      maxRowsRead: MAX_ROWS_READ,
    }),
  );
  const settled = await settle(comparison, { source, target, row, requests, run });
  const keys = settled.map((difference) => difference.key);
  const repaired = request.repair
    ? await target.repairRows(model, row.targetTable, keys, row.laneId)
    : 0;
  const open = settled.length - repaired;
  const passed = open <= 0;
  await store.finish(id, {
    sourceRows: comparison.sourceRows,
    targetRows: comparison.targetRows,
    differences: settled.map(({ key, kind }) => ({ key, difference: kind })),
    repaired,
    result: passed ? 'passed' : 'failed',
    message: summary(settled.length, comparison.more),
  });
  if (!passed) {
    await journal.error({
      ...owner,
      code: 'VERIFICATION_FAILED',
      message: `${displayName(row.source)}: ${summary(settled.length, comparison.more)}.`,
      remedy: `Look at sluice.verification_row (verification ${id}); sluice verify --repair mends them.`,
    });
  }
  return {
    slug: request.slug,
    result: passed ? 'passed' : 'failed',
    sourceRows: comparison.sourceRows,
    targetRows: comparison.targetRows,
    differences: settled.length,
    repaired,
  };
}

function summary(differences: number, more: boolean): string {
  if (differences === 0) return 'both sides are equal';
  return `${differences}${more ? ' or more' : ''} rows differ`;
}

function digestRequests(
  session: PipelineSession,
  model: TableModel,
  row: TableRow,
  scope: 'recent' | 'full',
): { source: DigestRequest; target: DigestRequest } {
  const { verification } = session.settings(row.target, row.source);
  const sameEngine = session.sourceEngine().name === session.targetEngine(row.target).name;
  const columns = model.columns.map((column) => column.name);
  const shared = {
    columns,
    key: model.key ?? columns,
    form: sameEngine ? ('native' as const) : ('canonical' as const),
    lastRows: scope === 'full' || model.key === null ? null : verification.rows,
  };
  return {
    source: { ...shared, table: row.source },
    target: { ...shared, table: row.targetTable },
  };
}

function sideOf(database: VerifyDatabase, request: DigestRequest): VerificationSide {
  return {
    digest: () => database.digest(request),
    parts: (prefixes, digits) => database.digestPartsBelow(request, prefixes, 16 ** digits),
    rowsOfParts: (prefixes) => database.rowsOfParts(request, prefixes),
  };
}

interface Settling {
  readonly source: SourceDatabase;
  readonly target: TargetDatabase;
  readonly row: TableRow;
  readonly requests: { source: DigestRequest; target: DigestRequest };
  readonly run: LongRun;
}

/** Under load a difference may only be a change on its way (postgres.md section 7). */
async function settle(
  comparison: Comparison,
  context: Settling,
): Promise<Comparison['differences']> {
  if (comparison.differences.length === 0) return [];
  const { source, target, row, requests, run } = context;
  // Single rows are read by key wherever they are: the window of the last rows may have moved.
  const whole = { lastRows: null };
  const { drift } = await settleDifferences(
    comparison.differences,
    {
      readSource: (keys) => source.verify.rowsByKey({ ...requests.source, ...whole }, keys),
      readTarget: (keys) => target.verify.rowsByKey({ ...requests.target, ...whole }, keys),
      sourceEnd: () => (row.laneId === null ? Promise.resolve(null) : source.feed.end()),
      targetReached: (position) => reached(target, row, position, run),
    },
    SETTLE_ROUNDS,
  );
  return drift;
}

/** Positions sort as text, whatever the engine. */
async function reached(
  target: TargetDatabase,
  row: TableRow,
  position: string,
  run: LongRun,
): Promise<boolean> {
  const until = Date.now() + REACH_TIMEOUT_MS;
  while (!run.dueToReturn() && Date.now() < until && row.laneId !== null) {
    const lane = await target.state.lanes.get(row.laneId);
    if (lane?.position != null && lane.position >= position) return true;
    await run.pause(100);
  }
  return false;
}
