import type { DigestRequest } from '../../contract/verify.js';
import { quoteIdent, quoteQualified } from '../sql/quote.js';
import { hashedRowsSql } from './hashed-rows-sql.js';
import { prefixSql } from './hash-sql.js';
import type { VerifyColumn, VerifyTable } from './verify-columns.js';

/** Rows and the sum of their hashes, in one pass that parallel workers may share. */
export function digestSql(request: DigestRequest, table: VerifyTable): string {
  return `
SELECT count(*)::text AS rows, coalesce(sum(row_hash), 0)::text AS hash
  FROM ${hashedRowsSql(request.form, table, { rows: source(request, table), withKey: false })}`;
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
  FROM ${hashedRowsSql(request.form, table, { rows: source(request, table), withKey: true })}
 WHERE $1::int8[] IS NULL OR ${prefixSql('key_hash', digits.above)} = ANY ($1::int8[])
 GROUP BY 1`;
}

/** The rows of the parts $1, numbered by `digits` digits (null: all rows). */
export function rowsSql(request: DigestRequest, table: VerifyTable, digits: number): string {
  return `
SELECT key, row_hash::text AS hash
  FROM ${hashedRowsSql(request.form, table, { rows: source(request, table), withKey: true })}
 WHERE $1::int8[] IS NULL OR ${prefixSql('key_hash', digits)} = ANY ($1::int8[])`;
}

/** Rows by key, in the whole table: one text array per key column. */
export function rowsByKeySql(request: DigestRequest, table: VerifyTable): string {
  const rows = `${relation(request, table)} WHERE ${keyIn(table.key)}`;
  const version = `xmin::text || ' ' || ctid::text`;
  return `
SELECT key, row_hash::text AS hash, version
  FROM ${hashedRowsSql(request.form, table, { rows, withKey: true, version })}`;
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
