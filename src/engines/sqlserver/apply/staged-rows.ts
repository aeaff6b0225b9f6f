import type { Cell, Change } from '../../../core/change.js';
import { UNCHANGED } from '../../../core/change.js';
import type { Image } from '../../../core/cell.js';
import { fillFrom, keyText, oldImage, rowImage } from '../../../core/cell.js';
import type { Folded } from '../../../core/fold.js';
import { foldChanges } from '../../../core/fold.js';
import { UnknownKey } from '../../../core/unknown-key.js';
import { headOf } from './sql/stage.js';
import type { PlanColumn, TablePlan } from './table-plan.js';

/** What is to happen to a row: see the stage table. */
export type StageOp = 'd' | 'e' | 'u' | 'i' | 'm';

export interface StagedRow {
  readonly op: StageOp;
  /** Has the key by which the target finds the row. */
  readonly find: Image;
  readonly row: Image | null;
}

/** @throws UnknownKey when a change does not say which row it means */
export function foldedRows(plan: TablePlan, changes: readonly Change[]): StagedRow[] {
  return rowsOfFold(foldChanges(changes, keyIndexes(plan)));
}

export function rowsOfFold(folded: Folded): StagedRow[] {
  return [
    ...folded.deletes.map(({ key, expected }) => staged(expected ? 'd' : 'e', key, null)),
    ...folded.moves.map(({ from, row }) => staged('m', from, row)),
    ...folded.updates.map(({ key, row }) => staged('u', key, row)),
    ...folded.inserts.map((row) => staged('i', row, row)),
  ];
}

/** One row for each change, in the source's order: triggers see what the source did. */
export function orderedRows(plan: TablePlan, changes: readonly Change[]): StagedRow[] {
  const key = keyIndexes(plan);
  return changes.map((change) => {
    const row = rowImage(change, key);
    const old = oldImage(change);
    if (change.op === 'i' && row !== null) return staged('i', row, row);
    if (change.op === 'd' && old !== null) return staged('d', old, null);
    if (change.op !== 'u' || row === null) throw new UnknownKey('A change came without its key.');
    if (plan.keyless) return staged('m', old ?? row, old === null ? row : fillFrom(row, old));
    const moved = old !== null && keyText(old, key) !== keyText(row, key);
    return staged(moved ? 'm' : 'u', old ?? row, row);
  });
}

function staged(op: StageOp, find: Image, row: Image | null): StagedRow {
  return { op, find, row };
}

export function keyIndexes(plan: TablePlan): number[] {
  return plan.key.map((column) => column.index);
}

/** Columns that the row leaves as they are on the target. */
export function unknownColumns(plan: TablePlan, row: Image | null): PlanColumn[] {
  if (row === null) return [];
  return plan.columns.filter(({ index }) => row.cells[index] === UNCHANGED);
}

/** Values for the stage's columns after its bookkeeping: what finds the row, what it becomes. */
export function stagedValues(plan: TablePlan, { find, row }: StagedRow): unknown[] {
  const found = plan.key.map((column) => {
    const cell = find.cells[column.index];
    if (cell === UNCHANGED || cell === undefined) throw new UnknownKey('A key cell is missing.');
    return valueOf(column, cell);
  });
  const values = plan.columns.map((column) => valueOf(column, row?.cells[column.index] ?? null));
  return [...found, ...values];
}

function valueOf(column: PlanColumn, cell: Cell): unknown {
  return cell === null || cell === UNCHANGED ? null : column.staging.value(cell);
}

/** A 1 in the place of each column that the row leaves as it is; null when it brings all. */
export function unknownMask(plan: TablePlan, unknown: readonly PlanColumn[]): string | null {
  if (unknown.length === 0) return null;
  const marked = new Set(unknown.map((column) => column.index));
  return plan.shape.columns.map((_, index) => (marked.has(index) ? '1' : '0')).join('');
}

/** The types that the variants of these rows have, by column. */
export function variantHeads(
  plan: TablePlan,
  rows: readonly StagedRow[],
): ReadonlyMap<PlanColumn, readonly string[]> {
  const variants = plan.columns.filter((column) => column.target.type.name === 'sql_variant');
  return new Map(
    variants.map((column) => {
      const heads = new Set<string>();
      for (const { find, row } of rows) {
        for (const image of [find, row]) {
          const value = valueOf(column, image?.cells[column.index] ?? null);
          if (typeof value === 'string') heads.add(headOf(value));
        }
      }
      return [column, [...heads].sort()];
    }),
  );
}
