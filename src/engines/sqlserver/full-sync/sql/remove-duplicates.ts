import type { TableName } from '../../../../core/names.js';
import { quoteIdent, quoteQualified } from '../../sql/quote.js';

/**
 * Keep any one row of each key. A row that moved while it was copied was changed after parking
 * began, so its last version is among the parked changes, with all its columns.
 */
export function removeDuplicatesSql(table: TableName, key: readonly string[]): string {
  const names = key.map(quoteIdent).join(', ');
  return `
WITH numbered AS (
  SELECT ROW_NUMBER() OVER (PARTITION BY ${names} ORDER BY ${names}) AS n
    FROM ${quoteQualified(table.schema, table.table)})
DELETE FROM numbered WHERE n > 1`;
}
