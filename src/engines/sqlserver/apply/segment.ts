import { keyText } from '../../../core/cell.js';
import type { LaneMember } from '../../contract/lane.js';
import type { StagedRow, StageOp } from './staged-rows.js';
import { unknownColumns, variantHeads } from './staged-rows.js';
import type { PlanColumn, TablePlan } from './table-plan.js';

/** Staged rows of one table and shape that are applied together. */
export interface Segment {
  readonly kind: 'rows';
  readonly member: LaneMember;
  readonly plan: TablePlan;
  readonly seg: number;
  readonly ops: readonly StageOp[];
  /** Rows that are applied at once, each kind of change after the other: the end of each group. */
  readonly groups: readonly number[];
  /** Columns that some row leaves as they are. */
  readonly partial: ReadonlySet<PlanColumn>;
  readonly heads: ReadonlyMap<PlanColumn, readonly string[]>;
  /** Where a row is inserted, another one may be that leaves its key later: it must not be replaced. */
  readonly sharesKeys: boolean;
}

/**
 * any: all rows at once. source: in the source's order. each: so, and each row by a statement of its
 * own, because triggers fire by statement or rows are alike.
 */
export type Order = 'any' | 'source' | 'each';

/** The source emptied the table. */
export interface Truncate {
  readonly kind: 'truncate';
  readonly member: LaneMember;
  readonly plan: TablePlan;
}

export type Work = Segment | Truncate;

export type OpCounts = Readonly<Record<StageOp, number>>;

export function segmentOf(
  member: LaneMember,
  plan: TablePlan,
  rows: readonly StagedRow[],
  how: { readonly seg: number; readonly order: Order; readonly sharesKeys?: boolean },
): Segment {
  const partial = new Set<PlanColumn>();
  for (const { row } of rows) for (const column of unknownColumns(plan, row)) partial.add(column);
  const ops = rows.map(({ op }) => op);
  const groups = groupsOf(plan, rows, how.order);
  const heads = variantHeads(plan, rows);
  const { seg, sharesKeys = false } = how;
  return { kind: 'rows', member, plan, seg, ops, groups, partial, heads, sharesKeys };
}

const JOINED: ReadonlySet<StageOp> = new Set(['i', 'd', 'u']);

/**
 * Rows that only come, only go, or only change at their keys keep their order in one statement:
 * nothing sees it between them. So they may exchange unique values, as one statement of the source did.
 */
function groupsOf(plan: TablePlan, rows: readonly StagedRow[], order: Order): number[] {
  if (order === 'any') return [rows.length];
  if (order === 'each') return rows.map((_, i) => i + 1);
  const key = plan.key.map(({ index }) => index);
  const ends: number[] = [];
  let keys = new Set<string | null>();
  rows.forEach(({ op, find }, i) => {
    const text = keyText(find, key);
    const joins = rows[i - 1]?.op === op && JOINED.has(op) && !keys.has(text);
    if (!joins) {
      if (i > 0) ends.push(i);
      keys = new Set();
    }
    keys.add(text);
  });
  return [...ends, rows.length];
}

export function countOps(ops: readonly StageOp[]): OpCounts {
  const counts = { d: 0, e: 0, u: 0, i: 0, m: 0 };
  for (const op of ops) counts[op] += 1;
  return counts;
}
