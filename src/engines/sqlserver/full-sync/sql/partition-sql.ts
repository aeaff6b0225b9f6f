import type { TableName } from '../../../../core/names.js';
import { quoteIdent, quoteQualified } from '../../sql/quote.js';

/** Partitions of @table (quoted) that have rows. */
export const FILLED_PARTITIONS = `
SELECT p.partition_number AS number, CONVERT(bigint, SUM(p.rows)) AS rows
  FROM sys.partitions AS p
 WHERE p.object_id = OBJECT_ID(@table) AND p.index_id IN (0, 1) AND p.rows > 0
 GROUP BY p.partition_number
 ORDER BY p.partition_number`;

/** The column by which @table (quoted) is divided. */
export const PARTITION_COLUMN = `
SELECT c.name AS name
  FROM sys.index_columns AS x
  JOIN sys.columns AS c ON c.object_id = x.object_id AND c.column_id = x.column_id
 WHERE x.object_id = OBJECT_ID(@table) AND x.index_id IN (0, 1) AND x.partition_ordinal = 1`;

export function truncatePartitionSql(table: TableName, number: number): string {
  return `TRUNCATE TABLE ${quoteQualified(table.schema, table.table)} WITH (PARTITIONS (${number}))`;
}

export function switchPartitionSql(from: TableName, to: TableName, number: number): string {
  const source = quoteQualified(from.schema, from.table);
  const target = quoteQualified(to.schema, to.table);
  return `ALTER TABLE ${source} SWITCH PARTITION ${number} TO ${target} PARTITION ${number}`;
}

/** The days, or the values, that the partition column has; as text. */
export function distinctValuesSql(table: TableName, column: string, isMoment: boolean): string {
  const value = `t.${quoteIdent(column)}`;
  const text = isMoment
    ? `CONVERT(nvarchar(10), ${value}, 23)`
    : `CONVERT(nvarchar(128), ${value})`;
  return `
SELECT DISTINCT ${text} AS value
  FROM ${quoteQualified(table.schema, table.table)} AS t
 WHERE ${value} IS NOT NULL`;
}

/** Whether rows lie where the new partition of a SPLIT at `literal` would be: they would move. */
export function movedRowsSql(
  table: TableName,
  split: { readonly column: string; readonly function: string; readonly isRight: boolean },
  literal: string,
): string {
  const value = `t.${quoteIdent(split.column)}`;
  const partition = (of: string) => `$PARTITION.${quoteIdent(split.function)}(${of})`;
  return `
SELECT COUNT(*) AS n
  FROM (SELECT TOP (1) 1 AS one
          FROM ${quoteQualified(table.schema, table.table)} AS t
         WHERE ${partition(value)} = ${partition(literal)}
           AND ${value} ${split.isRight ? '>=' : '<='} ${literal}) AS few`;
}
