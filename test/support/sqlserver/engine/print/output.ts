/**
 * OUTPUT: PostgreSQL's RETURNING, whose `old` and `new` are deleted and inserted
 * (test/conformance/sqlserver/changes: "shows the rows before and after",
 * test/conformance/sqlserver/changes: "goes into a table", test/conformance/sqlserver/changes: "of
 * an INSERT tells the values").
 */
import type { Output } from '../../tsql/ast.js';
import type { TableInfo } from '../catalog-seam.js';
import { notModelled } from '../not-modelled.js';
import type { PrintContext, Source } from './context.js';
import { tableSource, within } from './context.js';
import type { QueryColumn } from './query.js';
import { printItem } from './select.js';
import { assigned, columnOf, targetTable } from './target.js';

export interface PrintedChange {
  readonly sql: string;
  /** Null: no rows come back. */
  readonly columns: readonly QueryColumn[] | null;
  readonly assigned: readonly string[] | null;
}

/** `prefix` holds the WITH of the statement; `others` are the tables beside the changed one. */
export function withOutput(
  prefix: string,
  change: string,
  outputs: readonly Output[],
  table: TableInfo,
  others: readonly Source[],
  context: PrintContext,
): PrintedChange {
  const [output, ...more] = outputs;
  if (output === undefined) return { sql: `${prefix}${change}`, columns: null, assigned: null };
  if (more.length > 0) throw notModelled('two OUTPUT clauses');
  const sources = [
    tableSource(['inserted'], 'new', table.columns),
    tableSource(['deleted'], 'old', table.columns),
    ...others,
  ];
  const listed = output.items.flatMap((item) => printItem(item, within(context, sources)));
  const items = listed.map(({ printed }, at) => `${printed.sql} AS c${String(at + 1)}`);
  const returning = `${change} RETURNING ${items.join(', ')}`;
  const columns = listed.map(({ name, printed: { type, nullable } }) => ({ name, type, nullable }));
  if (output.into === null) return { sql: `${prefix}${returning}`, columns, assigned: null };
  const sql = into(output.into, columns, context);
  const head = prefix === '' ? 'WITH ' : `${prefix.trimEnd()}, `;
  return { sql: `${head}changed AS (${returning}) ${sql}`, columns: null, assigned: null };
}

function into(
  { target, columns: names }: NonNullable<Output['into']>,
  columns: readonly QueryColumn[],
  context: PrintContext,
): string {
  const table = targetTable(target, 'INSERT', context);
  const targets =
    names?.map((name) => columnOf(table, name)) ??
    table.columns.filter((each) => each.identity === undefined && each.computed !== true);
  const cells = columns.map((column, at) => {
    const sql = `changed.c${String(at + 1)}`;
    const to = targets[at];
    if (to === undefined) throw notModelled('OUTPUT INTO with more columns than the table has');
    return assigned({ ...column, sql }, to, table);
  });
  const list = targets.slice(0, cells.length).map(({ pg }) => pg);
  return `INSERT INTO ${table.pg} (${list.join(', ')}) SELECT ${cells.join(', ')} FROM changed`;
}
