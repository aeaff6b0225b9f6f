import type { TableName } from '../../../../core/names.js';
import type { TargetColumn } from '../../apply/target-table.js';
import { quoteQualified } from '../../sql/quote.js';
import { sameForm } from '../compare-sql.js';

/**
 * Keep any one row of each key. A row that moved while it was copied was changed after parking
 * began, so its last version is among the parked changes, with all its columns. Only a number tells
 * two equal rows apart (test/conformance/sqlserver/changes: "delete through a CTE").
 *
 * @param exact the source compares keys by each byte: what is only equal here are several rows
 */
export function removeDuplicatesSql(
  table: TableName,
  key: readonly TargetColumn[],
  exact: boolean,
): string {
  const names = key.map((column) => (exact ? sameForm(column, column.sql) : column.sql)).join(', ');
  return `
WITH numbered AS (
  SELECT ROW_NUMBER() OVER (PARTITION BY ${names} ORDER BY ${names}) AS n
    FROM ${quoteQualified(table.schema, table.table)})
DELETE FROM numbered WHERE n > 1`;
}
