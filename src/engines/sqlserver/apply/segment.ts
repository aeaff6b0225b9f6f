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
  /** One after the other, as the source did it; else each kind at once. */
  readonly ordered: boolean;
  /** Columns that some row leaves as they are. */
  readonly partial: ReadonlySet<PlanColumn>;
  readonly heads: ReadonlyMap<PlanColumn, readonly string[]>;
}

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
  how: { readonly seg: number; readonly ordered: boolean },
): Segment {
  const partial = new Set<PlanColumn>();
  for (const { row } of rows) for (const column of unknownColumns(plan, row)) partial.add(column);
  const ops = rows.map(({ op }) => op);
  return { kind: 'rows', member, plan, ops, ...how, partial, heads: variantHeads(plan, rows) };
}

export function countOps(ops: readonly StageOp[]): OpCounts {
  const counts = { d: 0, e: 0, u: 0, i: 0, m: 0 };
  for (const op of ops) counts[op] += 1;
  return counts;
}
