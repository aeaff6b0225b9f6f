/**
 * The table that a statement changes, and the rules for its columns
 * (test/conformance/sqlserver/strings: "11.2: refuses to cut it (2628)").
 */
import { SqlError } from '../../backend.js';
import type { Target } from '../../tsql/ast.js';
import type { ColumnInfo, TableInfo } from '../catalog-seam.js';
import { notModelled } from '../not-modelled.js';
import type { PrintContext, Use } from './context.js';
import { convert } from './convert.js';
import { locking } from './hints.js';
import type { Printed } from './printed.js';
import { applyLocks, lookUp } from './sources.js';

export function targetTable(target: Target, right: Use['right'], context: PrintContext): TableInfo {
  const name = target.kind === 'table' ? target.name : [target.name];
  return useTable(lookUp(name, context), target, right, context);
}

export function useTable(
  table: TableInfo,
  target: Target,
  right: Use['right'],
  context: PrintContext,
  columns: readonly number[] = [],
): TableInfo {
  if (table.kind === 'system') {
    throw new SqlError(259, 'Ad hoc updates to system catalogs are not allowed.');
  }
  if (table.kind === 'view') throw notModelled('changes through a view');
  context.statement.uses.push({ right, table, columns });
  if (target.kind === 'table') {
    // Rows that a statement changes are locked anyway; only locks on the table are more.
    const { table: mode } = locking(target.hints);
    applyLocks({ table: mode, rows: null }, table, '', context);
  }
  return table;
}

export function columnOf(table: TableInfo, name: string): ColumnInfo {
  const found = table.columns.find((each) => each.name.toLowerCase() === name.toLowerCase());
  if (found === undefined) throw new SqlError(207, `Invalid column name '${name}'.`);
  return found;
}

/** As `table 'db.dbo.t', column 'c'`, for the errors that name both. */
export function assigned(value: Printed, column: ColumnInfo, table: TableInfo): string {
  const target = `table '${table.database.name}.${table.schema}.${table.name}', column '${column.name}'`;
  return convert(value, column.type, { mode: 'assign', style: null, target }).sql;
}

export function refuseComputed(column: ColumnInfo): void {
  if (column.computed !== true) return;
  throw new SqlError(
    271,
    `The column "${column.name}" cannot be modified because it is either a computed column or is the result of a UNION operator.`,
  );
}
