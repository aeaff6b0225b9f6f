/**
 * Queries: common table expressions, EXCEPT and the like, TOP (test/conformance/sqlserver/changes:
 * "delete through a CTE", test/conformance/sqlserver/nulls-and-numbers: "is one value to GROUP BY,
 * DISTINCT, EXCEPT").
 */
import { SqlError } from '../../backend.js';
import type { Cte, Query, QueryBody, Top } from '../../tsql/ast.js';
import type { ResultColumn } from '../catalog-seam.js';
import { notModelled } from '../not-modelled.js';
import { commonType } from '../types/common-type.js';
import { withCollation } from './compare.js';
import type { CteInfo, PrintContext } from './context.js';
import { convert } from './convert.js';
import { printExpression } from './expression.js';
import { printOrder } from './order.js';
import { printSelect } from './select.js';

export interface QueryColumn extends ResultColumn {
  readonly identity?: boolean;
}

export interface PrintedQuery {
  readonly sql: string;
  readonly columns: readonly QueryColumn[];
  /** SELECT @a = …: the variables in the order of the columns. */
  readonly assigned: readonly string[] | null;
}

const OPTIONS =
  /^(RECOMPILE|MAXDOP \d+|FAST \d+|LOOP JOIN|HASH JOIN|MERGE JOIN|FORCE ORDER|KEEPFIXED PLAN|KEEP PLAN|MAXRECURSION \d+|OPTIMIZE FOR UNKNOWN)$/;

export function printQuery(query: Query, context: PrintContext): PrintedQuery {
  checkOptions(query.options);
  const { prefix, inner } = printWith(query.with, context);
  const printed = printBody(query, inner);
  return { ...printed, sql: `${prefix}${printed.sql}` };
}

export function checkOptions(options: readonly string[]): void {
  for (const option of options) {
    if (!OPTIONS.test(option)) throw notModelled(`OPTION (${option})`);
  }
}

/** Common table expressions, each visible to those behind it. */
export function printWith(
  ctes: readonly Cte[],
  context: PrintContext,
): { prefix: string; inner: PrintContext } {
  if (ctes.length === 0) return { prefix: '', inner: context };
  const known = new Map<string, CteInfo>(context.ctes);
  const texts: string[] = [];
  for (const { name, columns: names, query } of ctes) {
    const printed = printQuery(query, { ...context, ctes: known, top: false });
    const pg = context.statement.alias();
    const columns = printed.columns.map((column, at) => ({
      ...column,
      name: names?.[at] ?? column.name,
    }));
    const list = columns.map((_, at) => `c${String(at + 1)}`).join(', ');
    texts.push(`${pg}(${list}) AS (${printed.sql})`);
    known.set(name.toLowerCase(), { pg, columns });
  }
  return { prefix: `WITH ${texts.join(', ')} `, inner: { ...context, ctes: known } };
}

function printBody(query: Query, context: PrintContext): PrintedQuery {
  const { body, orderBy } = query;
  if (body.kind === 'select') return printSelect(body, query, context);
  const set = printSet(body, context);
  const listed = set.columns.map((column) => ({
    name: column.name,
    printed: { sql: '', type: column.type, nullable: column.nullable },
  }));
  const order = printOrder(orderBy, context, listed);
  return { ...set, sql: [set.sql, order, printPage(query, context)].filter(Boolean).join(' ') };
}

export function printPage({ offset, fetch }: Query, context: PrintContext): string {
  const rows = (of: NonNullable<Query['offset']>) =>
    `(${printExpression(of, context).sql})::bigint`;
  return [
    offset === null ? '' : `OFFSET ${rows(offset)}`,
    fetch === null ? '' : `LIMIT ${rows(fetch)}`,
  ]
    .filter(Boolean)
    .join(' ');
}

/** LIMIT, or FETCH … WITH TIES. */
export function printTop(top: Top | null, context: PrintContext): string {
  if (top === null) return '';
  if (top.percent) {
    if (top.count.kind === 'number' && Number(top.count.text) === 100) return '';
    throw notModelled('TOP … PERCENT');
  }
  const count = `(${printExpression(top.count, context).sql})::bigint`;
  return top.withTies ? `FETCH FIRST (${count}) ROWS WITH TIES` : `LIMIT ${count}`;
}

const SETS = { union: 'UNION', unionAll: 'UNION ALL', except: 'EXCEPT', intersect: 'INTERSECT' };

function printSet(
  body: Extract<QueryBody, { kind: 'setOperation' }>,
  context: PrintContext,
): PrintedQuery {
  const inner = { ...context, top: false };
  const [left, right] = [body.left, body.right].map((side) =>
    side.kind === 'select' ? printSelect(side, null, inner) : printSet(side, inner),
  );
  if (left === undefined || left.columns.length !== right?.columns.length) {
    throw new SqlError(
      205,
      'All queries combined using a UNION, INTERSECT or EXCEPT operator must have an equal number of expressions in their target lists.',
    );
  }
  const columns = left.columns.map((column, at) => {
    const other = right.columns[at] ?? column;
    const type = commonType(column.type, other.type);
    return { name: column.name, type, nullable: column.nullable || other.nullable };
  });
  const sides = [left, right].map((side) => converted(side, columns, context));
  return { sql: sides.join(` ${SETS[body.op]} `), columns, assigned: null };
}

function converted(side: PrintedQuery, to: readonly ResultColumn[], context: PrintContext): string {
  const alias = context.statement.alias();
  const cells = side.columns.map((column, at) => {
    const sql = `${alias}.c${String(at + 1)}`;
    return withCollation(convert({ ...column, sql }, to[at]?.type ?? column.type));
  });
  const list = side.columns.map((_, at) => `c${String(at + 1)}`).join(', ');
  return `(SELECT ${cells.join(', ')} FROM (${side.sql}) AS ${alias}(${list}))`;
}
