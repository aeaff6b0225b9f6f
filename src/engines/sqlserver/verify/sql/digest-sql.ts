import type { DigestRequest } from '../../../contract/verify.js';
import { HASH_DIGITS } from '../../../../core/canonical.js';
import { quoteIdent, quoteQualified } from '../../sql/quote.js';
import type { VerifyColumn, VerifyTable } from '../verify-columns.js';
import { canonicalRowSql } from './canonical-sql.js';
import { nativeRowSql } from './native-sql.js';

const BITS_OF_A_DIGIT = 4n;

/** Rows and the sum of their hashes, in one pass. */
export function digestSql(request: DigestRequest, table: VerifyTable): string {
  return `
SELECT COUNT_BIG(*) AS [rows], ${sumSql('h.row_hash')} AS hash
  FROM ${source(request, table)} AS t
 CROSS APPLY (VALUES (${rowBytes(request, table.columns)})) AS b (row_bytes)
 CROSS APPLY (VALUES (${hashSql('b.row_bytes')})) AS h (row_hash)`;
}

/**
 * The same for each part of the key's hash space that has \`below\` digits; @prefixes are the parts
 * above as a list \`,1,2,\` of numbers (NULL: all).
 */
export function partsSql(
  request: DigestRequest,
  table: VerifyTable,
  digits: { readonly above: number; readonly below: number },
): string {
  return `
SELECT p.part AS part, COUNT_BIG(*) AS [rows], ${sumSql('h.row_hash')} AS hash
  FROM ${hashed(request, table)}
 CROSS APPLY (VALUES (${prefixSql('h.key_hash', digits.above)}, ${prefixSql('h.key_hash', digits.below)}))
       AS p (above, part)
 WHERE ${inPrefixes('p.above')}
 GROUP BY p.part`;
}

/** The rows of the parts @prefixes of so many digits: their key's columns and their hash. */
export function rowsSql(request: DigestRequest, table: VerifyTable, digits: number): string {
  return `
SELECT h.row_hash AS hash, ${keyReads(table)}
  FROM ${hashed(request, table)}
 WHERE ${inPrefixes(prefixSql('h.key_hash', digits))}`;
}

/** Rows by key, in the whole table. \`keys\` is a derived table with a column for each key column. */
export function rowsByKeySql(request: DigestRequest, table: VerifyTable, keys: string): string {
  const { schema, table: name } = request.table;
  return `
SELECT ${hashSql('b.row_bytes')} AS hash, ${keyReads(table)}
  FROM ${keys}
  JOIN ${quoteQualified(schema, name)} AS t ON ${sameKeySql(table.key)}
 CROSS APPLY (VALUES (${rowBytes(request, table.columns)})) AS b (row_bytes)`;
}

/** All columns of the rows, for hashing them in the worker. */
export function plainRowsSql(request: DigestRequest, table: VerifyTable): string {
  const reads = table.columns.map((column) => column.read('t')).join(',\n       ');
  return `
SELECT ${keyReads(table)},
       ${reads}
  FROM ${source(request, table)} AS t`;
}

export function plainRowsByKeySql(
  request: DigestRequest,
  table: VerifyTable,
  keys: string,
): string {
  const { schema, table: name } = request.table;
  const reads = table.columns.map((column) => column.read('t')).join(',\n       ');
  return `
SELECT ${keyReads(table)},
       ${reads}
  FROM ${keys}
  JOIN ${quoteQualified(schema, name)} AS t ON ${sameKeySql(table.key)}`;
}

function sameKeySql(key: readonly VerifyColumn[]): string {
  return key.map((column, n) => `t.${quoteIdent(column.name)} = k.v${String(n)}`).join(' AND ');
}

function keyReads(table: VerifyTable): string {
  return table.key.map((column) => column.read('t')).join(', ');
}

function hashed(request: DigestRequest, table: VerifyTable): string {
  return `${source(request, table)} AS t
 CROSS APPLY (VALUES (${rowBytes(request, table.columns)}, ${rowBytes(request, table.key)}))
       AS b (row_bytes, key_bytes)
 CROSS APPLY (VALUES (${hashSql('b.row_bytes')}, ${hashSql('b.key_bytes')}))
       AS h (row_hash, key_hash)`;
}

/**
 * Of one text or of bytes: what differs by a blank at the end differs here, which `=` does not see
 * (test/conformance/sqlserver/hashbytes: "counts blanks at the end").
 */
function rowBytes(request: DigestRequest, columns: readonly VerifyColumn[]): string {
  const row =
    request.form === 'native' ? nativeRowSql(columns, 't') : canonicalRowSql(columns, 't');
  return `HASHBYTES('SHA2_256', ${row})`;
}

/**
 * The first 60 bits of a hash as a number without a sign: 7 bytes and a half, the greatest first
 * (test/conformance/sqlserver/hashbytes: "gives parts of its bytes as numbers").
 */
function hashSql(bytes: string): string {
  return `CONVERT(bigint, SUBSTRING(${bytes}, 1, 7)) * 16 + CONVERT(int, SUBSTRING(${bytes}, 8, 1)) / 16`;
}

/**
 * As decimal: a sum of bigint overflows
 * (test/conformance/sqlserver/nulls-and-numbers: "a sum of int stays int, a sum of decimal has 38").
 */
function sumSql(hash: string): string {
  return `CONVERT(varchar(40), ISNULL(SUM(CONVERT(decimal(38, 0), ${hash})), 0))`;
}

/** The first \`digits\` hex digits of a hash, as a number. */
function prefixSql(hash: string, digits: number): string {
  const unit = 1n << (BigInt(HASH_DIGITS - digits) * BITS_OF_A_DIGIT);
  return `${hash} / CONVERT(bigint, ${unit.toString()})`;
}

function inPrefixes(part: string): string {
  return `(@prefixes IS NULL OR CHARINDEX(',' + CONVERT(varchar(20), ${part}) + ',', @prefixes) > 0)`;
}

function source(request: DigestRequest, table: VerifyTable): string {
  const { schema, table: name } = request.table;
  const relation = quoteQualified(schema, name);
  if (request.lastRows === null) return relation;
  // In the column's own order, which is the index's; see core/last-rows.ts for the other side's.
  const order = table.key.map((column) => `r.${quoteIdent(column.name)} DESC`).join(', ');
  return `(SELECT TOP (${String(request.lastRows)}) * FROM ${relation} AS r ORDER BY ${order})`;
}
