import type { Shape } from '../../../core/change.js';
import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import { assertForms, assertWholeKey, missingColumn, sentBy } from '../../contract/plan-errors.js';
import { PGOUTPUT_WIRE } from '../feed/shapes.js';
import type { TargetColumn, TargetTable, TargetType } from './target-table.js';
import { neutralIn } from './target-table.js';

/** Numbers below this are the same on every server (PostgreSQL: FirstNormalObjectId). */
export const FIRST_USER_OID = 16_384;

/** One column of a shape on the target. */
export interface PlanColumn {
  /** Its place in the shape's rows. */
  readonly index: number;
  readonly target: TargetColumn;
  /** The type that the cells are sent as. */
  readonly wire: TargetType;
}

/** How changes of one shape are written to one target table. */
export interface TablePlan {
  readonly table: TargetTable;
  readonly shape: Shape;
  /** The columns that are written, in the shape's order; those the target computes are not here. */
  readonly columns: readonly PlanColumn[];
  /** The columns that find a row. */
  readonly key: readonly PlanColumn[];
  /** Several rows may be equal in the key: changes go one by one, each to one row. */
  readonly keyless: boolean;
  /** Of a keyless plan: columns that find one row between transactions; null: there are none. */
  readonly late: readonly PlanColumn[] | null;
  /** A column outside the key that no UPDATE may set: rows are deleted and inserted instead. */
  readonly reinsertOnly: boolean;
}

/**
 * The built-in types of a shape that the target's columns do not have. A shape of another engine
 * names no type of PostgreSQL: its cells are text for the column's own type.
 */
export function foreignTypes(shape: Shape, table: TargetTable): number[] {
  if (shape.wire !== PGOUTPUT_WIRE) return [];
  const byName = new Map(table.columns.map((column) => [column.name, column]));
  return shape.columns.flatMap((column) => {
    const oid = Number(column.type);
    const target = byName.get(column.name);
    return target === undefined || oid >= FIRST_USER_OID || target.type.oid === oid ? [] : [oid];
  });
}

/** @throws SluiceError SCHEMA_MISMATCH naming the column that the target does not have */
export function planTable(
  shape: Shape,
  table: TargetTable,
  builtin: ReadonlyMap<number, TargetType>,
): TablePlan {
  const byName = new Map(table.columns.map((column) => [column.name, column]));
  const columns: PlanColumn[] = [];
  shape.columns.forEach((column, index) => {
    const target = byName.get(column.name);
    if (target === undefined) throw missingColumn(table.name, column.name);
    if (target.generated) return;
    const oid = Number(column.type);
    const wire = oid === target.type.oid ? target.type : (builtin.get(oid) ?? target.type);
    columns.push({ index, target, wire });
  });
  assertForms(table.name, sentBy(shape), neutralIn(table));
  const chosen = chooseKey(shape, table, columns);
  return { table, shape, columns, ...chosen, reinsertOnly: needsReinsert(columns, chosen) };
}

/** Where the key's columns are in the shape's rows. */
export function keyIndexes({ key }: TablePlan): number[] {
  return key.map(({ index }) => index);
}

/** The same table by the key that its rows have between transactions. */
export function byLateKey(plan: TablePlan): TablePlan {
  if (plan.late === null) return plan;
  const chosen = { key: plan.late, keyless: false, late: null };
  return { ...plan, ...chosen, reinsertOnly: needsReinsert(plan.columns, chosen) };
}

type ChosenKey = Pick<TablePlan, 'key' | 'keyless' | 'late'>;

function needsReinsert(columns: readonly PlanColumn[], { key, keyless }: ChosenKey): boolean {
  return !keyless && columns.some((column) => column.target.always && !key.includes(column));
}

function chooseKey(shape: Shape, table: TargetTable, columns: readonly PlanColumn[]): ChosenKey {
  const marked = columns.filter((column) => shape.columns[column.index]?.key === true);
  const names = new Set(marked.map((column) => column.target.name));
  const named = (key: readonly string[]) => key.every((name) => names.has(name));
  const of = (key: readonly string[]) => marked.filter(({ target }) => key.includes(target.name));
  const unique = table.keys.find(named);
  // Every column marked: the source sends whole old rows; one unique index of them is enough.
  if (marked.length === columns.length) {
    if (unique !== undefined) return { key: of(unique), keyless: false, late: null };
    const late = table.lateKeys.find(named);
    return { key: marked, keyless: true, late: late === undefined ? null : of(late) };
  }
  if (marked.length === 0) {
    throw new SluiceError('KEY_MISSING', `${displayName(table.name)} has no key to find rows by.`, {
      remedy: 'Give the source table a primary key or a replica identity, then resync it.',
    });
  }
  assertWholeKey(shape, names, table.name);
  return { key: marked, keyless: false, late: null };
}
