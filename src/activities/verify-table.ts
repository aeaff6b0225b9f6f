/**
 * One verification of one table: compare by digests, settle what differs, repair if asked to, and
 * write down what was found. Only what stays different although nothing moved is drift.
 */
import { displayName } from '../core/names.js';
import type { VerifyRequest, VerifyResult } from '../core/protocol.js';
import { compareSides, type Comparison, type Difference } from '../core/verification.js';
import type { DigestRequest } from '../engines/contract/verify.js';
import type { CanonicalKind } from '../core/canonical.js';
import type { TableModel } from '../engines/contract/schema.js';
import { requireTable, type PipelineSession } from '../session/pipeline-session.js';
import type { TableRow } from '../state/store.js';
import { asReader } from './care.js';
import type { LongRun } from './long-running.js';
import { findOrphans } from './verify-orphans.js';
import { verificationSide } from './verification-side.js';
import { settle, type Requests, type VerifyContext } from './verify-settle.js';

/** Differences that are listed with their keys; more are only counted. */
const MAX_DIFFERENCES = 1_000;
/** Rows that are read one by one; larger parts are taken apart by digests. */
const MAX_ROWS_READ = 2_000;
/** Comparisons when more differs than is listed and all that is listed turns out to be moving. */
const MAX_COMPARISONS = 3;

interface Verdict {
  readonly comparison: Comparison;
  readonly drift: readonly Difference[];
  /** Keys that never stood still, and whether more than was listed may differ. */
  readonly unsettled: number;
  readonly more: boolean;
}

export async function verifyTable(
  session: PipelineSession,
  request: VerifyRequest,
  run: LongRun,
): Promise<VerifyResult> {
  const target = await session.target(request.target);
  const row = await requireTable(target, request);
  const nothing = { slug: request.slug, sourceRows: 0, targetRows: 0, differences: 0, repaired: 0 };
  if (!isComparable(session, row)) return { ...nothing, result: 'skipped' };
  const source = await session.source();
  const model = await session.model(row);
  const requests = digestRequests(session, model, row, request.scope);
  const context: VerifyContext = { session, source, target, row, requests, run };
  const owner = { pipeline: row.pipeline, target: row.target, tableId: row.tableId };
  const id = await target.state.verification.start({ ...owner, scope: request.scope });
  const found = await judge(context);
  const repaired = request.repair ? await repair(context, model, found.drift) : 0;
  const left = repaired === 0 ? found : await judge(context);
  const orphans = await findOrphans(context, model, requests.target.lastRows);
  const failed = left.drift.length > 0 || orphans.length > 0;
  const result = failed ? 'failed' : left.more ? 'skipped' : 'passed';
  const message = [summary(found, repaired), ...orphans].join('; ');
  await target.state.verification.finish(id, {
    sourceRows: found.comparison.sourceRows,
    targetRows: found.comparison.targetRows,
    differences: found.drift.map(({ key, kind }) => ({ key, difference: kind })),
    repaired,
    result: result === 'skipped' ? 'error' : result,
    message,
  });
  if (failed) await reportFailed(context, id, message, left.drift.length === 0);
  return {
    slug: request.slug,
    result,
    sourceRows: found.comparison.sourceRows,
    targetRows: found.comparison.targetRows,
    differences: found.drift.length + orphans.length,
    repaired,
  };
}

async function reportFailed(
  { target, row }: VerifyContext,
  id: string,
  message: string,
  onlyOrphans: boolean,
): Promise<void> {
  const rows = `Look at sluice.verification_row (verification ${id}); sluice verify --repair mends them.`;
  const parent = 'Verify the table that it refers to (sluice verify --full), or resync both.';
  await target.state.journal.error({
    ...{ pipeline: row.pipeline, target: row.target, tableId: row.tableId },
    code: 'VERIFICATION_FAILED',
    message: `${displayName(row.source)}: ${message}.`,
    remedy: onlyOrphans ? parent : rows,
  });
}

/**
 * A table that is loaded as a whole from time to time is as old as its last load, and one whose
 * marked rows are removed lacks them on purpose: neither can be held against the source as it is.
 */
function isComparable(session: PipelineSession, row: TableRow): boolean {
  if (row.phase !== 'streaming') return false;
  if (row.laneId !== null) return true;
  const { deletes } = session.settings(row.target, row.source);
  return row.mode === 'incremental' && deletes !== 'softDeleteColumn';
}

async function judge(context: VerifyContext): Promise<Verdict> {
  for (let comparisons = 1; ; comparisons++) {
    const comparison = await compare(context);
    const { drift, unsettled } = await settle(comparison.differences, context);
    const more = comparison.more && drift.length === 0;
    if (!more || comparisons >= MAX_COMPARISONS || context.run.dueToReturn()) {
      return { comparison, drift, unsettled: unsettled.length, more };
    }
  }
}

function compare(context: VerifyContext): Promise<Comparison> {
  const { session, source, target, requests } = context;
  return asReader(session, () =>
    compareSides(
      verificationSide(source.verify, requests.source),
      verificationSide(target.verify, requests.target),
      { maxDifferences: MAX_DIFFERENCES, maxRowsRead: MAX_ROWS_READ },
    ),
  );
}

function repair(
  { target, row }: VerifyContext,
  model: TableModel,
  drift: readonly Difference[],
): Promise<number> {
  const keys = drift.map((difference) => difference.key);
  if (keys.length === 0) return Promise.resolve(0);
  return target.repairRows(model, row.targetTable, keys, row.laneId);
}

function summary(found: Verdict, repaired: number): string {
  const { drift, unsettled, more, comparison } = found;
  if (more) return 'more rows are in motion than can be compared; it is tried again';
  const moving = unsettled === 0 ? '' : `, ${unsettled} rows never stood still`;
  if (drift.length === 0) return `both sides are equal${moving}`;
  const mended = repaired === 0 ? '' : `, ${repaired} repaired`;
  return `${drift.length}${comparison.more ? ' or more' : ''} rows differ${mended}${moving}`;
}

/** What is asked of each side; `full`: every row. */
export function digestRequests(
  session: PipelineSession,
  model: TableModel,
  row: TableRow,
  scope: 'recent' | 'full',
): Requests {
  const { verification } = session.settings(row.target, row.source);
  const sameEngine = session.sourceEngine().name === session.targetEngine(row.target).name;
  // Another engine does not compute what the source computes.
  const columns = model.columns
    .filter(({ ownValue, generated }) => ownValue !== true && (sameEngine || !generated))
    .map((column) => column.name);
  const shared: Omit<DigestRequest, 'table'> = {
    columns,
    key: model.key ?? columns,
    form: sameEngine ? 'native' : 'canonical',
    ...(sameEngine ? {} : { kinds: kindsOf(model) }),
    lastRows: scope === 'full' || model.key === null ? null : verification.rows,
  };
  return {
    source: { ...shared, table: row.source },
    target: { ...shared, table: row.targetTable },
  };
}

/** Decimals without a limit, which some engines can only hold as text. */
function kindsOf(model: TableModel): ReadonlyMap<string, CanonicalKind> {
  const unlimited = model.neutral.columns.filter(
    ({ type }) => type?.kind === 'decimal' && type.precision === null,
  );
  return new Map(unlimited.map(({ name }) => [name, 'decimal']));
}
