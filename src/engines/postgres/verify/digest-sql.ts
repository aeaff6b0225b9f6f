import type { DigestRequest } from '../../contract/verify.js';
import { quoteIdent, quoteQualified } from '../sql/quote.js';
import {
  canonicalHashSql,
  canonicalRowSql,
  nativeHashSql,
  partHashSql,
  prefixSql,
} from './hash-sql.js';
import type { VerifyColumn, VerifyTable } from './verify-columns.js';

/** Rows and the sum of their hashes, in one pass that parallel workers may share. */
export function digestSql(request: DigestRequest, table: VerifyTable): string {
  return `
SELECT count(*)::text AS rows, coalesce(sum(${rowHash(request, table)}), 0)::text AS hash
  FROM ${source(request, table)}`;
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
SELECT ${prefixSql('part_hash', digits.below)}::text AS part, count(*)::text AS rows,
       sum(row_hash)::text AS hash
  FROM (SELECT ${keyHash(request, table)} AS part_hash, ${rowHash(request, table)} AS row_hash
          FROM ${source(request, table)}) AS hashed
 WHERE $1::int8[] IS NULL OR ${prefixSql('part_hash', digits.above)} = ANY ($1::int8[])
 GROUP BY 1`;
}

/** The rows of the parts $1, numbered by `digits` digits (null: all rows). */
export function rowsSql(request: DigestRequest, table: VerifyTable, digits: number): string {
  return `
SELECT key, hash::text AS hash
  FROM (SELECT ${canonicalRowSql(table.key, table.utf8)} AS key,
               ${keyHash(request, table)} AS part_hash, ${rowHash(request, table)} AS hash
          FROM ${source(request, table)}) AS hashed
 WHERE $1::int8[] IS NULL OR ${prefixSql('part_hash', digits)} = ANY ($1::int8[])`;
}

/** Rows by key, in the whole table: one text array per key column. */
export function rowsByKeySql(request: DigestRequest, table: VerifyTable): string {
  return `
SELECT ${canonicalRowSql(table.key, table.utf8)} AS key, (${rowHash(request, table)})::text AS hash,
       xmin::text || ' ' || ctid::text AS version
  FROM ${relation(request, table)}
 WHERE ${keyIn(table.key)}`;
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

function rowHash(request: DigestRequest, table: VerifyTable): string {
  return request.form === 'native'
    ? nativeHashSql(table.columns, table.utf8)
    : canonicalHashSql(table.columns, table.utf8);
}

function keyHash(request: DigestRequest, table: VerifyTable): string {
  const hash =
    request.form === 'native'
      ? nativeHashSql(table.key, table.utf8)
      : canonicalHashSql(table.key, table.utf8);
  return partHashSql(request.form, hash);
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
