import type { TableName } from '../../../core/names.js';
import { quoteIdent, quoteQualified } from '../sql/quote.js';
import { keyIn, keyNotIn } from './digest-sql.js';
import type { VerifyColumn } from './verify-columns.js';

/** Lane batches begin by locking this row, too. */
export const LOCK_LANE = `
SELECT FROM sluice.lane WHERE lane_id = $1 FOR UPDATE`;

/** Rows by key as texts in the columns' order: one array of texts and nulls each. */
export function selectRowsSql(
  table: TableName,
  columns: readonly VerifyColumn[],
  key: readonly VerifyColumn[],
): string {
  const texts = columns.map((column) => `${quoteIdent(column.name)}::text`).join(', ');
  return `
SELECT ARRAY[${texts}]::text[] AS cells
  FROM ${quoteQualified(table.schema, table.table)}
 WHERE ${keyIn(key)}`;
}

/** Delete the rows of the keys $1… that are not among the source's keys, which come after them. */
export function deleteRowsSql(table: TableName, key: readonly VerifyColumn[]): string {
  return `
DELETE FROM ${quoteQualified(table.schema, table.table)}
 WHERE ${keyIn(key)}
   AND ${keyNotIn(key, key.length + 1)}
RETURNING 1`;
}

/**
 * The key as well: what the server calls equal may be written differently. Null when no column may
 * be set.
 */
export function updateRowsSql(
  table: TableName,
  columns: readonly VerifyColumn[],
  key: readonly VerifyColumn[],
): string | null {
  const isKey = new Set(key.map((column) => column.name));
  const set = columns
    .filter((column) => !(column.always && isKey.has(column.name)))
    .map((column) => `${quoteIdent(column.name)} = s.${quoteIdent(column.name)}`);
  if (set.length === 0) return null;
  return `
UPDATE ${quoteQualified(table.schema, table.table)} AS t
   SET ${set.join(', ')}
  FROM ${staged(columns)}
 WHERE ${sameKey(key)}`;
}

export function insertRowsSql(
  table: TableName,
  columns: readonly VerifyColumn[],
  key: readonly VerifyColumn[],
): string {
  const names = columns.map((column) => quoteIdent(column.name)).join(', ');
  return `
INSERT INTO ${quoteQualified(table.schema, table.table)} (${names}) OVERRIDING SYSTEM VALUE
SELECT ${names}
  FROM ${staged(columns)}
 WHERE NOT EXISTS (SELECT FROM ${quoteQualified(table.schema, table.table)} AS t WHERE ${sameKey(key)})`;
}

/** The rows of one text array parameter per column, with the columns' types. */
function staged(columns: readonly VerifyColumn[]): string {
  const arrays = columns.map((_, n) => `$${String(n + 1)}::text[]`).join(', ');
  const aliases = columns.map((_, n) => `v${String(n + 1)}`).join(', ');
  const typed = columns
    .map((column, n) => `v${String(n + 1)}::${column.type} AS ${quoteIdent(column.name)}`)
    .join(', ');
  return `(SELECT ${typed} FROM unnest(${arrays}) AS u (${aliases})) AS s`;
}

function sameKey(key: readonly VerifyColumn[]): string {
  return key
    .map((column) => `t.${quoteIdent(column.name)} = s.${quoteIdent(column.name)}`)
    .join(' AND ');
}
