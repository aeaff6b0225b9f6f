import type { DigestRequest } from '../../contract/verify.js';
import { quoteIdent, quoteQualified } from '../sql/quote.js';
import type { Cell } from './hash-sql.js';
import {
  canonicalHashSql,
  canonicalRowSql,
  cellsOf,
  nativeHashSql,
  partHashSql,
  prefixSql,
  shaSql,
} from './hash-sql.js';
import type { VerifyColumn, VerifyTable } from './verify-columns.js';

/** Rows and the sum of their hashes, in one pass that parallel workers may share. */
export function digestSql(request: DigestRequest, table: VerifyTable): string {
  return `
SELECT count(*)::text AS rows, coalesce(sum(row_hash), 0)::text AS hash
  FROM ${hashedSql(request, table, source(request, table))}`;
}

/**
 * The same for each part of the key's hash space: $1 are the parts above as numbers (null: all),
 * each of which is taken apart by more digits.
 */
export function partsSql(
  request: DigestRequest,
  table: VerifyTable,
  digits: { readonly above: number; readonly below: number },
): string {
  return `
SELECT ${prefixSql('key_hash', digits.below)}::text AS part, count(*)::text AS rows,
       sum(row_hash)::text AS hash
  FROM ${hashedSql(request, table, source(request, table))}
 WHERE $1::int8[] IS NULL OR ${prefixSql('key_hash', digits.above)} = ANY ($1::int8[])
 GROUP BY 1`;
}

/** The rows of the parts $1, numbered by `digits` digits (null: all rows). */
export function rowsSql(request: DigestRequest, table: VerifyTable, digits: number): string {
  return `
SELECT key, row_hash::text AS hash
  FROM ${hashedSql(request, table, source(request, table))}
 WHERE $1::int8[] IS NULL OR ${prefixSql('key_hash', digits)} = ANY ($1::int8[])`;
}

/** Rows by key, in the whole table: one text array per key column. */
export function rowsByKeySql(request: DigestRequest, table: VerifyTable): string {
  const rows = `${relation(request, table)} WHERE ${keyIn(table.key)}`;
  const version = `xmin::text || ' ' || ctid::text`;
  return `
SELECT key, row_hash::text AS hash, version
  FROM ${hashedSql(request, table, rows, version)}`;
}

/**
 * `rows` (a relation and what follows it) as key_hash, row_hash, key and version. A column that the
 * statement does not name is not computed.
 */
function hashedSql(
  request: DigestRequest,
  table: VerifyTable,
  rows: string,
  version = 'NULL::text',
): string {
  return request.form === 'native'
    ? nativeRowsSql(table, rows, version)
    : canonicalRowsSql(table, rows, version);
}

function nativeRowsSql({ columns, key, utf8 }: VerifyTable, rows: string, version: string): string {
  return `(
    SELECT ${nativeHashSql(columns, utf8)} AS row_hash,
           ${partHashSql(nativeHashSql(key, utf8))} AS key_hash,
           ${canonicalRowSql(cellsOf(key), utf8)} AS key, ${version} AS version
      FROM ${rows}) AS hashed`;
}

/**
 * OFFSET 0 keeps the planner from merging the levels, which would compute a text as often as it is
 * named; parallel workers share them all the same.
 */
function canonicalRowsSql(
  { columns, key, utf8 }: VerifyTable,
  rows: string,
  version: string,
): string {
  const rowCells = namedCells(columns, 'c');
  const keyCells = namedCells(key, 'k');
  const keyText = canonicalRowSql(keyCells.cells, utf8);
  return `(
    SELECT ${canonicalHashSql('row_sha')} AS row_hash, ${canonicalHashSql('key_sha')} AS key_hash,
           key, version
      FROM (
        SELECT ${shaSql(canonicalRowSql(rowCells.cells, utf8), utf8)} AS row_sha,
               ${shaSql(keyText, utf8)} AS key_sha, ${keyText} AS key, version
          FROM (
            SELECT ${rowCells.select}, ${keyCells.select}, ${version} AS version
              FROM ${rows}
            OFFSET 0) AS cells
        OFFSET 0) AS digests) AS hashed`;
}

/** Cells that a level below computes under names of their own. */
function namedCells(
  columns: readonly VerifyColumn[],
  prefix: string,
): { readonly select: string; readonly cells: readonly Cell[] } {
  const cells = cellsOf(columns);
  const name = (n: number): string => `${prefix}${String(n + 1)}`;
  return {
    select: cells.map(({ value }, n) => `${value} AS ${name(n)}`).join(', '),
    cells: cells.map(({ kind }, n) => ({ kind, value: name(n) })),
  };
}

/** `(a, b) IN (…)` over one text array parameter per key column, from parameter `first` on. */
export function keyIn(key: readonly VerifyColumn[], first = 1): string {
  return `(${keyNames(key)}) IN ${keyValues(key, first)}`;
}

/** The opposite of keyIn; true for all where the arrays are empty. */
export function keyNotIn(key: readonly VerifyColumn[], first: number): string {
  return `(${keyNames(key)}) NOT IN ${keyValues(key, first)}`;
}

function keyNames(key: readonly VerifyColumn[]): string {
  return key.map((column) => quoteIdent(column.name)).join(', ');
}

function keyValues(key: readonly VerifyColumn[], first: number): string {
  const casts = key.map((column, n) => `k.v${String(n)}::${column.type}`).join(', ');
  const arrays = key.map((_, n) => `$${String(first + n)}::text[]`).join(', ');
  const aliases = key.map((_, n) => `v${String(n)}`).join(', ');
  return `(SELECT ${casts} FROM unnest(${arrays}) AS k (${aliases}))`;
}

export function relation(request: DigestRequest, table: VerifyTable): string {
  const { schema, table: name } = request.table;
  return `${table.only ? 'ONLY ' : ''}${quoteQualified(schema, name)}`;
}

function source(request: DigestRequest, table: VerifyTable): string {
  if (request.lastRows === null) return relation(request, table);
  // In the column's own order, which is the index's; see core/last-rows.ts for the other side's.
  const order = table.key.map((column) => `${quoteIdent(column.name)} DESC`).join(', ');
  return `(SELECT * FROM ${relation(request, table)} ORDER BY ${order} LIMIT ${String(request.lastRows)}) AS last`;
}
