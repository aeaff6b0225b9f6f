/**
 * One verification of one table: compare by digests, settle what differs, repair if asked to, and
 * write down what was found. Only what stays different although nothing moved is drift.
 */
import { compareLastRows, sortAlike } from '../../core/last-rows.js';
import { displayName } from '../../core/names.js';
import type { VerifyRequest, VerifyResult } from '../../core/protocol.js';
import { compareSides, type Comparison, type Difference } from '../../core/verification.js';
import type { DigestRequest } from '../../engines/contract/verify.js';
import type { CanonicalKind } from '../../core/canonical.js';
import type { Unsettled } from '../../core/settle.js';
import type { TableModel } from '../../engines/contract/schema.js';
import { requireTable, type PipelineSession } from '../../session/pipeline-session.js';
import type { TableRow } from '../../state/store.js';
import { asReader } from '../care.js';
import type { LongRun } from '../long-running.js';
import { orRecorded } from './verify-failure.js';
import { findOrphans } from './verify-orphans.js';
import { lastRowsSide } from './verification-side.js';
import {
  PATIENCE,
  settle,
  type Patience,
  type Requests,
  type VerifyContext,
} from './verify-settle.js';

/** Differences that are listed with their keys; more are only counted. */
const MAX_DIFFERENCES = 1_000;
/** Rows that are read one by one; larger parts are taken apart by digests. */
const MAX_ROWS_READ = 2_000;
/** Comparisons when more differs than is listed and all that is listed turns out to be moving. */
const MAX_COMPARISONS = 3;

interface Verdict {
  readonly comparison: Comparison;
  readonly drift: readonly Difference[];
  /** Rows without a verdict, the reason, and whether there are more than were listed. */
  readonly unsettled: number;
  readonly why: Unsettled | null;
  readonly more: boolean;
}

export async function verifyTable(
  session: PipelineSession,
  request: VerifyRequest,
  run: LongRun,
  patience: Patience = PATIENCE,
): Promise<VerifyResult> {
  const target = await session.target(request.target);
  const row = await requireTable(target, request);
  const nothing = { slug: request.slug, sourceRows: 0, targetRows: 0, differences: 0, repaired: 0 };
  if (row.phase !== 'streaming') {
    return { ...nothing, result: 'skipped', why: `it is not streaming (${row.phase})` };
  }
  const incomparable = whyNever(session, row);
  if (incomparable !== null) return { ...nothing, result: 'skipped', incomparable };
  const owner = { pipeline: row.pipeline, target: row.target, tableId: row.tableId };
  const id = await target.state.verification.start({ ...owner, scope: request.scope });
  return orRecorded({ target, row, id, run }, async () => {
    const source = await session.source();
    const model = await session.model(row);
    const requests = digestRequests(session, model, row, request.scope);
    const context: VerifyContext = { session, source, target, row, requests, run, patience };
    return compareAndRecord(context, model, request, id);
  });
}

async function compareAndRecord(
  context: VerifyContext,
  model: TableModel,
  request: VerifyRequest,
  id: string,
): Promise<VerifyResult> {
  const { target, requests } = context;
  const found = await judge(context);
  const repaired = request.repair ? await repair(context, model, found.drift) : 0;
  const left = repaired === 0 ? found : await judge(context);
  const orphans = await findOrphans(context, model, requests.target.lastRows);
  const { faults, open } = orphans;
  const failed = left.drift.length > 0 || faults.length > 0;
  const settled = isSettled(left) && open.length === 0;
  const result = failed ? 'failed' : settled ? 'passed' : 'unsettled';
  const message = [summary(found, left, repaired), ...faults, ...open].join('; ');
  await target.state.verification.finish(id, {
    sourceRows: found.comparison.sourceRows,
    targetRows: found.comparison.targetRows,
    differences: found.drift.map(({ key, kind }) => ({ key, difference: kind })),
    repaired,
    result,
    message,
  });
  if (failed) await reportFailed(context, id, message, left.drift.length === 0);
  if (result === 'unsettled') await sayUnsettled(context, message);
  return {
    slug: request.slug,
    result,
    sourceRows: found.comparison.sourceRows,
    targetRows: found.comparison.targetRows,
    differences: found.drift.length + faults.length,
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

async function sayUnsettled({ target, row }: VerifyContext, message: string): Promise<void> {
  await target.state.journal.event({
    ...{ pipeline: row.pipeline, target: row.target, tableId: row.tableId },
    level: 'warning',
    kind: 'verification.unsettled',
    message: `${displayName(row.source)}: ${message}.`,
  });
}

/**
 * A table that is loaded as a whole from time to time is as old as its last load, and one whose
 * marked rows are removed lacks them on purpose: neither can be held against the source as it is.
 */
function whyNever(session: PipelineSession, row: TableRow): string | null {
  if (row.laneId !== null) return null;
  if (row.mode !== 'incremental') return 'it is loaded as a whole and as old as its last load';
  const { deletes } = session.settings(row.target, row.source);
  return deletes === 'softDeleteColumn' ? 'it lacks rows that are marked as deleted' : null;
}

async function judge(context: VerifyContext): Promise<Verdict> {
  for (let comparisons = 1; ; comparisons++) {
    const comparison = await compare(context);
    const { drift, unsettled, why } = await settle(comparison.differences, context);
    const more = comparison.more && drift.length === 0;
    const over = comparisons >= MAX_COMPARISONS || why === 'left' || context.run.dueToReturn();
    if (!more || over) {
      return { comparison, drift, unsettled: unsettled.length, why, more };
    }
  }
}

const LIMITS = { maxDifferences: MAX_DIFFERENCES, maxRowsRead: MAX_ROWS_READ };

function compare({ session, source, target, requests }: VerifyContext): Promise<Comparison> {
  const [left, right] = [
    lastRowsSide(source.verify, requests.source),
    lastRowsSide(target.verify, requests.target),
  ];
  const bySameRows = requests.source.lastRows === null || requests.alike;
  return asReader(session, () =>
    bySameRows ? compareSides(left, right, LIMITS) : compareLastRows(left, right, LIMITS),
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

/** Equal is only what nothing speaks against, not even a row that nobody could look at in peace. */
function isSettled({ unsettled, more }: Verdict): boolean {
  return unsettled === 0 && !more;
}

const REASONS: Readonly<Record<Unsettled, string>> = {
  late: 'the target did not reach the position of the source in time',
  moving: 'they changed at every look',
  interrupted: 'the comparison had to end before',
  left: 'the table left streaming while it was compared',
};

/** What was found, and what is still open after a repair. */
function summary(found: Verdict, left: Verdict, repaired: number): string {
  const { drift, comparison } = found;
  const open = isSettled(left) ? '' : unsettledText(left);
  if (drift.length === 0) return open === '' ? 'both sides are equal' : open;
  const mended = repaired === 0 ? '' : `, ${repaired} repaired`;
  const differ = `${drift.length}${comparison.more ? ' or more' : ''} rows differ${mended}`;
  return open === '' ? differ : `${differ}; ${open}`;
}

function unsettledText({ unsettled, why, more, comparison }: Verdict): string {
  const listed = unsettled === 0 ? comparison.differences.length : unsettled;
  const rows = `${listed}${more ? ' or more' : ''} ${listed === 1 && !more ? 'row' : 'rows'}`;
  const reason = why === null ? 'more are in motion than can be compared at once' : REASONS[why];
  return `${rows} could not be settled: ${reason}`;
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
    source: { ...shared, table: row.source, current: row.laneId === null },
    target: { ...shared, table: row.targetTable },
    alike: sortAlike(model.neutral.columns, shared.key),
  };
}

/** Decimals, which a target may hold as text (they have no limit there), and what travels as text. */
function kindsOf(model: TableModel): ReadonlyMap<string, CanonicalKind> {
  const kinds = model.neutral.columns.flatMap(
    ({ name, type, asText }): [string, CanonicalKind][] => {
      if (asText === true) return [[name, 'text']];
      return type?.kind === 'decimal' ? [[name, 'decimal']] : [];
    },
  );
  return new Map(kinds);
}
