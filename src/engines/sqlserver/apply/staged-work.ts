import { UnknownKey } from '../../../core/unknown-key.js';
import { isToldByRows } from '../../../core/whole-rows.js';
import { SluiceError } from '../../../core/errors.js';
import type { EntryChunk } from '../../contract/pending-entries.js';
import type { Query } from '../sql-session.js';
import type { Mode } from './apply-segment.js';
import { applySegment } from './apply-segment.js';
import { ofTable, unusable } from './failures.js';
import type { PlanCache } from './plan-cache.js';
import type { Run, TruncateRun } from './runs.js';
import { runsOf } from './runs.js';
import type { Work } from './segment.js';
import { segmentOf } from './segment.js';
import type { StagedRow } from './staged-rows.js';
import { foldedRows, orderedRows } from './staged-rows.js';
import type { Stages } from './stages.js';
import type { TablePlan } from './table-plan.js';

/** Rows that were not as expected, by table. */
export type Missing = Map<string, number>;

export interface StageTools {
  readonly plans: PlanCache;
  readonly stages: Stages;
}

/**
 * Put the entries that are applied beside their tables. Nothing of the target is touched.
 *
 * @param ordered one row for each change, in the source's order
 * @throws TableFailure
 */
export async function stageEntries(
  { entries, ends }: EntryChunk,
  ordered: boolean,
  tools: StageTools,
): Promise<Work[]> {
  const work: Work[] = [];
  for (const run of runsOf(entries, ordered)) {
    work.push(await ofTable(run.member, async () => stageRun(run, tools, { ordered, ends })));
  }
  return work;
}

async function stageRun(
  run: Run | TruncateRun,
  { plans, stages }: StageTools,
  { ordered, ends }: { readonly ordered: boolean; readonly ends: boolean },
): Promise<Work> {
  const { member } = run;
  const plan = await plans.load(run.shape, member.target);
  if (run.kind === 'truncate') return { kind: 'truncate', member, plan };
  const exact = !member.fold || plan.table.triggered || plan.keyless;
  const inOrder = ordered || exact || movesReferencedKey(plan, run);
  const rows = readRows(plan, run, inOrder);
  const seg = await stages.load(plan, rows);
  const order = exact ? 'each' : inOrder ? 'source' : 'any';
  const sharesKeys = (inOrder || !ends) && isToldByRows(plan);
  return segmentOf(member, plan, rows, { seg, order, sharesKeys });
}

/** A fold may turn a changed key into a delete and an insert, which a foreign key refuses. */
function movesReferencedKey(plan: TablePlan, { changes }: Run): boolean {
  return plan.table.referenced && changes.some(({ op, oldKey }) => op === 'u' && oldKey !== null);
}

function readRows(plan: TablePlan, run: Run, ordered: boolean): StagedRow[] {
  try {
    return ordered ? orderedRows(plan, run.changes) : foldedRows(plan, run.changes);
  } catch (error) {
    throw error instanceof UnknownKey ? unusable(run.member) : error;
  }
}

/** How long a TRUNCATE waits for its lock, behind which every reader queues. */
const TRUNCATE_WAITS_MS = 3_000;

/**
 * Apply staged work in order, inside the caller's transaction.
 *
 * @param emptied how a truncate is done: DELETE where TRUNCATE was refused
 * @throws TableFailure
 */
export async function applyWork(
  query: Query,
  work: readonly Work[],
  stages: Stages,
  how: { readonly mode: Mode; readonly emptied: 'truncate' | 'delete' },
): Promise<Missing> {
  const missing: Missing = new Map();
  for (const one of work) {
    const { tableId } = one.member;
    await ofTable(one.member, async () => {
      if (one.kind === 'truncate') return emptyTable(query, one.plan, how.emptied);
      const found = await applySegment(query, one, stages.nameOf(one.plan), how.mode);
      if (found > 0) missing.set(tableId, (missing.get(tableId) ?? 0) + found);
    });
  }
  return missing;
}

/** Any refusal of a TRUNCATE: it needs more rights and locks than a DELETE. */
export class TruncateRefused extends Error {
  override readonly name = 'TruncateRefused';
}

async function emptyTable(
  query: Query,
  { table }: TablePlan,
  how: 'truncate' | 'delete',
): Promise<void> {
  if (how === 'delete') {
    await query(`delete from ${table.sql}`);
    return;
  }
  try {
    await query(`set lock_timeout ${String(TRUNCATE_WAITS_MS)}; truncate table ${table.sql}`);
  } catch (error) {
    const lost = error instanceof SluiceError && error.code === 'CONNECTION_LOST';
    throw lost ? error : new TruncateRefused('TRUNCATE was refused.', { cause: error });
  }
}
