/**
 * `insert bulk`: the rows go into PostgreSQL's COPY; constraints look away unless asked
 * (test/conformance/sqlserver/identity: "of a bulk load is kept where the column is listed").
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import type { BulkMeta, MsType, TdsValue } from '../../backend.js';
import { SqlError } from '../../backend.js';
import type { InsertBulk } from '../../tsql/ast.js';
import type { ColumnInfo, TableInfo } from '../catalog-seam.js';
import { notModelled } from '../not-modelled.js';
import { columnOf, refuseComputed } from '../print/target.js';
import { family, isFixed, units } from '../types/families.js';
import { encode } from '../values/encode.js';
import type { SessionCore } from './core.js';
import { raiseIdentity } from './execute.js';

const OPTIONS =
  /^(TABLOCK|CHECK_CONSTRAINTS|FIRE_TRIGGERS|KEEP_NULLS|KEEPNULLS|ROWS_PER_BATCH.*|ORDER.*)$/;

export async function bulkLoad(
  statement: InsertBulk,
  rows: AsyncIterable<readonly TdsValue[]>,
  metas: readonly BulkMeta[],
  core: SessionCore,
): Promise<number> {
  for (const option of statement.options) {
    if (!OPTIONS.test(option)) throw notModelled(`insert bulk … WITH (${option})`);
  }
  const { catalog } = core.engine;
  const table = await catalog.table(core.context, statement.table);
  if (table === undefined)
    throw new SqlError(208, `Invalid object name '${statement.table.join('.')}'.`);
  await catalog.permit(core.context, 'INSERT', table);
  const columns = statement.columns.map(({ name }) => columnOf(table, name));
  checkColumns(columns, metas);
  return core.transaction.atomic(async () => {
    const checked = statement.options.includes('CHECK_CONSTRAINTS');
    await core.context.query(
      `SELECT set_config('ss.unchecked', '${checked ? 'off' : 'on'}', true)`,
    );
    const keepNulls = statement.options.some((option) => /^KEEP_?NULLS$/.test(option));
    const fill = await fillings(columns, keepNulls, core);
    const count = await copy(table, columns, rows, metas, fill, core);
    await core.context.query(`SELECT set_config('ss.unchecked', 'off', true)`);
    if (!checked) await catalog.loadedUnchecked(core.context, table);
    const identity = columns.find((column) => column.identity !== undefined);
    if (identity !== undefined && count > 0) await raiseIdentity(identity, table.pg, core);
    return count;
  });
}

function checkColumns(columns: readonly ColumnInfo[], metas: readonly BulkMeta[]): void {
  columns.forEach((column, at) => {
    refuseComputed(column);
    const sent = metas[at];
    if (sent === undefined || !isLoadable(sent.type, column.type)) {
      throw new SqlError(4816, `Invalid column type from bcp client for colid ${String(at + 1)}.`);
    }
  });
}

/** A client sends the column's own type, or the one that stands for it in the protocol. */
function isLoadable(sent: MsType, column: MsType): boolean {
  const [from, to] = [family(sent), family(column)];
  if (to === 'xml' || to === 'string') return from === 'string' || from === 'xml';
  if (to === 'integer') return from === 'integer';
  if (to === 'decimal') return from === 'decimal';
  if (to === 'datetime') return sent.name === column.name || (isOldTime(sent) && isOldTime(column));
  return from === to;
}

function isOldTime({ name }: MsType): boolean {
  return name === 'datetime' || name === 'smalldatetime';
}

/** Without KEEP_NULLS a NULL takes the column's default. */
async function fillings(
  columns: readonly ColumnInfo[],
  keepNulls: boolean,
  core: SessionCore,
): Promise<(string | null)[]> {
  const values: (string | null)[] = [];
  for (const column of columns) {
    if (keepNulls || column.default === undefined || column.identity !== undefined) {
      values.push(null);
      continue;
    }
    const kind = family(column.type);
    const isText = kind === 'string' || kind === 'xml';
    const sql = isText ? `ss.t(${column.default})` : `(${column.default})::text`;
    const [row] = await core.context.query<{ value: string | null }>(`SELECT ${sql} AS value`);
    values.push(row?.value ?? null);
  }
  return values;
}

async function copy(
  table: TableInfo,
  columns: readonly ColumnInfo[],
  rows: AsyncIterable<readonly TdsValue[]>,
  metas: readonly BulkMeta[],
  fill: readonly (string | null)[],
  core: SessionCore,
): Promise<number> {
  const list = columns.map(({ pg }) => pg).join(', ');
  const stream = core.pg.client.query(copyFrom(`COPY ${table.pg} (${list}) FROM STDIN`));
  await pipeline(Readable.from(lines(columns, rows, metas, fill), { objectMode: true }), stream);
  return stream.rowCount ?? 0;
}

/** Lines of COPY, several rows to a chunk. */
async function* lines(
  columns: readonly ColumnInfo[],
  rows: AsyncIterable<readonly TdsValue[]>,
  metas: readonly BulkMeta[],
  fill: readonly (string | null)[],
): AsyncGenerator<string> {
  const padders = columns.map(({ type }) => padder(type));
  let chunk = '';
  for await (const row of rows) {
    for (let at = 0; at < columns.length; at += 1) {
      const meta = metas[at];
      const text = meta === undefined ? null : encode(row[at] ?? null, meta.type);
      const value = text === null ? (fill[at] ?? null) : (padders[at]?.(text) ?? text);
      chunk += `${at === 0 ? '' : '\t'}${value === null ? '\\N' : escaped(value)}`;
    }
    chunk += '\n';
    if (chunk.length > 65_536) {
      yield chunk;
      chunk = '';
    }
  }
  if (chunk !== '') yield chunk;
}

const SPECIAL = /[\\\t\n\r]/;
const LETTERS: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
};

function escaped(text: string): string {
  return SPECIAL.test(text)
    ? text.replaceAll(/[\\\t\n\r]/g, (found) => LETTERS[found] ?? found)
    : text;
}

/** char(n) and binary(n) are filled up to their length. */
function padder(type: MsType): (text: string) => string {
  if (!isFixed(type)) return (text) => text;
  const size = units(type);
  if (type.name === 'binary') return (text) => text.padEnd(2 + 2 * size, '0');
  return (text) => text.padEnd(size, ' ');
}
