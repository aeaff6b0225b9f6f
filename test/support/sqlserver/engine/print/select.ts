/**
 * SELECT: its list, groups and assignments (test/conformance/sqlserver/calls: "SELECT assigns the
 * last row", test/conformance/sqlserver/strings: "groups, sorts and makes unique by the column").
 */
import { SqlError } from '../../backend.js';
import type { Query, Select, SelectItem } from '../../tsql/ast.js';
import { notModelled } from '../not-modelled.js';
import { printArithmetic } from './arithmetic.js';
import { isCalled } from './columns.js';
import { grouped, withCollation } from './compare.js';
import { printCondition } from './condition.js';
import type { PrintContext } from './context.js';
import { within } from './context.js';
import { convert } from './convert.js';
import { printExpression, printVariable } from './expression.js';
import type { Listed } from './order.js';
import { printOrder } from './order.js';
import type { PrintedQuery } from './query.js';
import { printPage, printTop } from './query.js';
import { operator } from './set.js';
import type { PrintedSource } from './sources.js';
import { printSource } from './sources.js';

export function printSelect(
  select: Select,
  query: Query | null,
  context: PrintContext,
): PrintedQuery {
  const grouped = isGrouped(select);
  const { places, ...outer } = context;
  const from = printFrom(select, { ...outer, top: context.top && !grouped });
  const inner = within(
    outer,
    from.flatMap(({ sources }) => sources),
  );
  const below = { ...inner, top: false };
  const listed = select.items.flatMap((item) => printItem(item, below));
  const compared = select.distinct || !context.top;
  const items = listed.map(
    ({ printed }, at) => `${compared ? withCollation(printed) : printed.sql} AS c${String(at + 1)}`,
  );
  if (places === true) items.push(`${rowPlace(from, grouped)} AS place`);
  const order = query === null ? '' : printOrder(query.orderBy, below, listed);
  const locks = from.flatMap(({ rowLocks }) => rowLocks);
  const parts = [
    `SELECT ${select.distinct ? 'DISTINCT ' : ''}${items.join(', ')}`,
    from.length === 0 ? '' : `FROM ${from.map(({ sql }) => sql).join(', ')}`,
    select.where === null ? '' : `WHERE ${printCondition(select.where, below)}`,
    printGroups(select, below),
    select.having === null ? '' : `HAVING ${printCondition(select.having, below)}`,
    order,
    query === null ? '' : printPage(query, below),
    printTop(select.top, below),
    ...new Set(locks),
  ];
  return {
    sql: parts.filter((part) => part !== '').join(' '),
    columns: listed.map(({ name, printed }) => ({
      name,
      type: printed.type,
      nullable: printed.nullable,
      ...(printed.identity === true ? { identity: true } : {}),
    })),
    assigned: assignedVariables(select),
  };
}

/** Where the rows of a SELECT from one table stand. */
function rowPlace(from: readonly PrintedSource[], grouped: boolean): string {
  const pg = from[0]?.sources[0]?.columns[0]?.sql.split('.')[0];
  if (pg === undefined || grouped || from.length > 1 || from[0]?.sources.length !== 1) {
    throw notModelled('a change through a CTE that is not a SELECT from one table');
  }
  return `${pg}.ctid`;
}

function printFrom({ from }: Select, context: PrintContext): PrintedSource[] {
  return from.map((source) => printSource(source, context));
}

/** PostgreSQL locks no rows of a query that folds them. */
function isGrouped(select: Select): boolean {
  if (select.distinct || select.groupBy.length > 0 || select.having !== null) return true;
  return select.items.some((item) => item.kind !== 'star' && holdsAggregate(item));
}

const AGGREGATE = /^(count|count_big|sum|avg|min|max)$/i;

function holdsAggregate(node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return false;
  if ('kind' in node && node.kind === 'subquery') return false;
  if ('kind' in node && node.kind === 'call' && 'name' in node && Array.isArray(node.name)) {
    const last: unknown = node.name.at(-1);
    if (typeof last === 'string' && AGGREGATE.test(last)) return true;
  }
  return Object.values(node).some(holdsAggregate);
}

export function printItem(item: SelectItem, context: PrintContext): Listed[] {
  switch (item.kind) {
    case 'star':
      return printStar(item.qualifier, context);
    case 'item': {
      const printed = printExpression(item.expression, context);
      return [{ name: item.alias ?? nameOf(item, printed, context), printed: typed(printed) }];
    }
    case 'assign': {
      const type = context.statement.variable(item.variable);
      const value = printExpression(item.value, context);
      if (item.op === '=') return [{ name: '', printed: convert(value, type) }];
      const before = printVariable(item.variable, context);
      const sum = printArithmetic(operator(item.op), before, value);
      return [{ name: '', printed: convert(sum, type) }];
    }
  }
}

/** The name of a column without alias is its own, in the case in which it was made. */
function nameOf(
  { expression }: Extract<SelectItem, { kind: 'item' }>,
  printed: Listed['printed'],
  context: PrintContext,
): string {
  if (expression.kind !== 'column') return '';
  const found = context.scope?.sources
    .flatMap(({ columns }) => columns)
    .find(({ sql }) => sql === printed.sql);
  return found?.name ?? expression.name.at(-1) ?? '';
}

/** NULL and constants need a type of their own in a select list. */
function typed(printed: Listed['printed']): Listed['printed'] {
  if (printed.isNull === true) return { ...convert(printed, printed.type), isNull: true };
  return printed;
}

function printStar(qualifier: readonly string[], { scope }: PrintContext): Listed[] {
  const sources = scope?.sources.filter((source) => isCalled(source, qualifier)) ?? [];
  if (sources.length === 0) {
    const prefix = qualifier.join('.');
    throw new SqlError(
      107,
      `The column prefix '${prefix}' does not match with a table name or alias name used in the query.`,
      { level: 15 },
    );
  }
  return sources.flatMap(({ columns }) =>
    columns.map(({ name, sql, type, nullable, identity }) => ({
      name,
      printed: {
        sql,
        type,
        nullable,
        collating: 'implicit' as const,
        ...(identity === true ? { identity } : {}),
      },
    })),
  );
}

function printGroups({ groupBy }: Select, context: PrintContext): string {
  if (groupBy.length === 0) return '';
  return `GROUP BY ${groupBy.map((each) => grouped(printExpression(each, context))).join(', ')}`;
}

function assignedVariables({ items }: Select): string[] | null {
  const names = items.flatMap((item) => (item.kind === 'assign' ? [item.variable] : []));
  if (names.length === 0) return null;
  if (names.length < items.length) {
    throw new SqlError(
      141,
      'A SELECT statement that assigns a value to a variable must not be combined with data-retrieval operations.',
      { level: 15 },
    );
  }
  return names;
}
