import type { Shape } from '../../../core/change.js';
import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import { PGOUTPUT_WIRE } from '../feed/shapes.js';
import type { TargetColumn, TargetTable, TargetType } from './target-table.js';

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
    if (target === undefined) throw missingColumn(table, column.name);
    if (target.generated) return;
    const oid = Number(column.type);
    const wire = oid === target.type.oid ? target.type : (builtin.get(oid) ?? target.type);
    columns.push({ index, target, wire });
  });
  const { key, keyless } = chooseKey(shape, table, columns);
  const reinsertOnly = columns.some((column) => column.target.always && !key.includes(column));
  return { table, shape, columns, key, keyless, reinsertOnly: reinsertOnly && !keyless };
}

function chooseKey(shape: Shape, table: TargetTable, columns: readonly PlanColumn[]) {
  const marked = columns.filter((column) => shape.columns[column.index]?.key === true);
  const names = new Set(marked.map((column) => column.target.name));
  const unique = table.keys.find((key) => key.every((name) => names.has(name)));
  // Every column marked: the source sends whole old rows; one unique index of them is enough.
  if (marked.length === columns.length) {
    if (unique === undefined) return { key: marked, keyless: true };
    return { key: marked.filter(({ target }) => unique.includes(target.name)), keyless: false };
  }
  if (marked.length === 0) {
    throw new SluiceError('KEY_MISSING', `${displayName(table.name)} has no key to find rows by.`, {
      remedy: 'Give the source table a primary key or a replica identity, then resync it.',
    });
  }
  return { key: marked, keyless: false };
}

function missingColumn(table: TargetTable, column: string): SluiceError {
  const name = displayName(table.name);
  return new SluiceError('SCHEMA_MISMATCH', `${name} has no column ${column} on the target.`, {
    remedy: 'Add the column to the target table or resync the table.',
  });
}
