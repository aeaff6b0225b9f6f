/**
 * The SET list of an UPDATE; each change gives a rowversion (test/conformance/sqlserver/identity:
 * "UPDATE kept SET id = 1", test/conformance/sqlserver/nulls-and-numbers: "UPDATE versioned SET rv
 * = 0x01", test/conformance/sqlserver/nulls-and-numbers: "grows with every change").
 */
import { SqlError } from '../../backend.js';
import type { Arithmetic, Assignment } from '../../tsql/ast.js';
import type { ColumnInfo, TableInfo } from '../catalog-seam.js';
import { notModelled } from '../not-modelled.js';
import { printArithmetic } from './arithmetic.js';
import { printColumn } from './columns.js';
import type { PrintContext } from './context.js';
import { convert } from './convert.js';
import { printExpression } from './expression.js';
import type { QueryColumn } from './query.js';
import { assigned, columnOf, refuseComputed } from './target.js';

interface Assignments {
  readonly sets: readonly { readonly column: string; readonly sql: string }[];
  /** `@v = column = …`: what comes back into the variables. */
  readonly variables: readonly {
    readonly name: string;
    readonly sql: string;
    readonly column: QueryColumn;
  }[];
}

export function printAssignments(
  set: readonly Assignment[],
  table: TableInfo,
  context: PrintContext,
): Assignments {
  const sets = set.flatMap((each) => {
    if (each.column === null) return [];
    const column = columnOf(table, each.column.at(-1) ?? '');
    refuse(column);
    return [{ column: column.pg, sql: printValue(each, column, table, context) }];
  });
  // Each change gives a row its next version.
  const version = table.columns.find(({ type }) => type.name === 'timestamp');
  if (version !== undefined) sets.push({ column: version.pg, sql: 'ss.next_rowversion()' });
  return { sets, variables: set.flatMap((each) => printVariable(each, table, context)) };
}

function refuse(column: ColumnInfo): void {
  refuseComputed(column);
  if (column.identity !== undefined) {
    throw new SqlError(8102, `Cannot update identity column '${column.name}'.`);
  }
  if (column.type.name === 'timestamp')
    throw new SqlError(272, 'Cannot update a timestamp column.');
}

function printValue(
  { op, value, column: name }: Assignment,
  column: ColumnInfo,
  table: TableInfo,
  context: PrintContext,
): string {
  if (value.kind === 'default') return column.default ?? 'NULL';
  const printed = printExpression(value, context);
  if (op === '=') return assigned(printed, column, table);
  const before = printColumn(name ?? [column.name], context);
  return assigned(printArithmetic(operator(op), before, printed), column, table);
}

export function operator(op: Exclude<Assignment['op'], '='>): Arithmetic['op'] {
  switch (op) {
    case '+=':
      return '+';
    case '-=':
      return '-';
    case '*=':
      return '*';
    case '/=':
      return '/';
    case '%=':
      return '%';
    case '&=':
      return '&';
    case '|=':
      return '|';
    case '^=':
      return '^';
  }
}

function printVariable(
  each: Assignment,
  table: TableInfo,
  context: PrintContext,
): Assignments['variables'] {
  if (each.variable === null) return [];
  if (each.column === null) throw notModelled('UPDATE … SET @variable = expression');
  const from = columnOf(table, each.column.at(-1) ?? '');
  const type = context.statement.variable(each.variable);
  const { sql } = convert(
    { sql: `new.${from.pg}`, type: from.type, nullable: from.nullable },
    type,
  );
  return [{ name: each.variable, sql, column: { name: '', type, nullable: true } }];
}
