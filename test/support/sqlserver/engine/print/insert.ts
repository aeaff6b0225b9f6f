/**
 * INSERT: which columns it fills, and who gives the identity (test/conformance/sqlserver/identity:
 * "INSERT kept (id, n) VALUES (1, 1)", test/conformance/sqlserver/changes: "INSERT t (id, n) VALUES
 * (9)", test/conformance/sqlserver/nulls-and-numbers: "INSERT versioned (id, rv) VALUES (9,
 * 0x01)").
 */
import { SqlError } from '../../backend.js';
import type { Expression, Insert } from '../../tsql/ast.js';
import type { ColumnInfo, TableInfo } from '../catalog-seam.js';
import { notModelled } from '../not-modelled.js';
import type { PrintContext } from './context.js';
import { printExpression } from './expression.js';
import type { PrintedChange } from './output.js';
import { withOutput } from './output.js';
import { printQuery, printTop, printWith } from './query.js';
import { assigned, columnOf, refuseComputed, targetTable } from './target.js';

/** `identityInsert`: the table for which SET IDENTITY_INSERT is on. */
export function printInsert(
  insert: Insert,
  context: PrintContext,
  identityInsert: number | null,
): PrintedChange {
  const table = targetTable(insert.target, 'INSERT', context);
  const columns = chosenColumns(insert, table, identityInsert === table.objectId);
  const { prefix, inner } = printWith(insert.with, context);
  const source = printRows(insert, columns, table, inner);
  const list = columns.length === 0 ? '' : ` (${columns.map(({ pg }) => pg).join(', ')})`;
  const change = `INSERT INTO ${table.pg}${list} ${source}`;
  return withOutput(prefix, change, insert.outputs, table, [], context);
}

function chosenColumns(insert: Insert, table: TableInfo, keepsIdentity: boolean): ColumnInfo[] {
  if (insert.source.kind === 'defaultValues') return [];
  if (insert.columns === null) {
    if (keepsIdentity) throw explicit(8101, table);
    return table.columns.filter((column) => column.identity === undefined && isWritable(column));
  }
  const columns = insert.columns.map((name) => columnOf(table, name));
  columns.forEach(refuseComputed);
  const identity = table.columns.find((column) => column.identity !== undefined);
  if (identity !== undefined) {
    const listed = columns.includes(identity);
    if (listed && !keepsIdentity) throw explicit(544, table);
    if (!listed && keepsIdentity) throw explicit(545, table);
  }
  return columns;
}

function isWritable(column: ColumnInfo): boolean {
  return column.computed !== true && column.type.name !== 'timestamp';
}

function explicit(number: 544 | 545 | 8101, { name, schema }: TableInfo): SqlError {
  switch (number) {
    case 544:
      return new SqlError(
        544,
        `Cannot insert explicit value for identity column in table '${name}' when IDENTITY_INSERT is set to OFF.`,
      );
    case 545:
      return new SqlError(
        545,
        `Explicit value must be specified for identity column in table '${name}' either when IDENTITY_INSERT is set to ON or when a replication user is inserting into a NOT FOR REPLICATION identity column.`,
      );
    case 8101:
      return new SqlError(
        8101,
        `An explicit value for the identity column in table '${schema}.${name}' can only be specified when a column list is used and IDENTITY_INSERT is ON.`,
      );
  }
}

function printRows(
  { source, top }: Insert,
  columns: readonly ColumnInfo[],
  table: TableInfo,
  context: PrintContext,
): string {
  switch (source.kind) {
    case 'defaultValues':
      return 'DEFAULT VALUES';
    case 'execute':
      throw notModelled('INSERT … EXEC');
    case 'values': {
      const rows = source.rows.map((row) => {
        if (row.length !== columns.length) throw wrongCount(row.length, columns.length);
        return `(${row.map((cell, at) => printCell(cell, columns[at], table, context)).join(', ')})`;
      });
      return `VALUES ${rows.join(', ')}`;
    }
    case 'query': {
      const query = printQuery(source.query, { ...context, top: false });
      if (query.columns.length !== columns.length)
        throw wrongCount(query.columns.length, columns.length);
      const alias = context.statement.alias();
      const names = query.columns.map((_, at) => `c${String(at + 1)}`);
      const cells = query.columns.map((column, at) => {
        const to = columns[at];
        const sql = `${alias}.c${String(at + 1)}`;
        return to === undefined ? sql : assignedTo({ ...column, sql }, to, table);
      });
      const rows = `(${query.sql}) AS ${alias}(${names.join(', ')})`;
      return `SELECT ${cells.join(', ')} FROM ${rows} ${printTop(top, context)}`.trimEnd();
    }
  }
}

function printCell(
  cell: Expression,
  column: ColumnInfo | undefined,
  table: TableInfo,
  context: PrintContext,
): string {
  if (cell.kind === 'default' || column === undefined) return 'DEFAULT';
  return assignedTo(printExpression(cell, context), column, table);
}

function assignedTo(
  value: Parameters<typeof assigned>[0],
  column: ColumnInfo,
  table: TableInfo,
): string {
  if (column.type.name === 'timestamp') {
    throw new SqlError(
      273,
      'Cannot insert an explicit value into a timestamp column. Use INSERT with a column list to exclude the timestamp column, or insert a DEFAULT into the timestamp column.',
    );
  }
  return assigned(value, column, table);
}

function wrongCount(given: number, wanted: number): SqlError {
  const [number, word] = given > wanted ? [110, 'fewer'] : [109, 'more'];
  return new SqlError(
    number,
    `There are ${word} columns in the INSERT statement than values specified in the VALUES clause. The number of values in the VALUES clause must match the number of columns specified in the INSERT statement.`,
    { level: 15 },
  );
}
