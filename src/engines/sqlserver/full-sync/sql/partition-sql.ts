import type { TableName } from '../../../../core/names.js';
import { quoteIdent, quoteQualified } from '../../sql/quote.js';

/**
 * Partitions of @table (quoted) that have rows, as far as the catalogue knows: `rows` is documented
 * as approximate (sys.partitions), so what must be exact looks at the table after that.
 */
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

/** By which function and column @table (quoted) is divided. */
export const DIVISION = `
SELECT f.name AS functionName, c.name AS columnName
  FROM sys.indexes AS i
  JOIN sys.partition_schemes AS s ON s.data_space_id = i.data_space_id
  JOIN sys.partition_functions AS f ON f.function_id = s.function_id
  JOIN sys.index_columns AS x ON x.object_id = i.object_id AND x.index_id = i.index_id
  JOIN sys.columns AS c ON c.object_id = x.object_id AND c.column_id = x.column_id
 WHERE i.object_id = OBJECT_ID(@table) AND i.index_id IN (0, 1) AND x.partition_ordinal = 1`;

export interface Division extends Record<string, unknown> {
  readonly functionName: string;
  readonly columnName: string;
}

/** Documented for WHERE; the server reads only those partitions. */
export function inPartitionsSql(
  division: Division,
  alias: string,
  numbers: readonly number[],
): string {
  const partition = `$PARTITION.${quoteIdent(division.functionName)}(${alias}.${quoteIdent(division.columnName)})`;
  return numbers.length === 1
    ? `${partition} = ${numbers.join('')}`
    : `${partition} IN (${numbers.join(', ')})`;
}

/** A partition that has rows and is none of `but`; no row when there is none. */
export function anyFilledSql(table: TableName, division: Division, but: readonly number[]): string {
  const column = `t.${quoteIdent(division.columnName)}`;
  const partition = `$PARTITION.${quoteIdent(division.functionName)}(${column})`;
  const others = but.length === 0 ? '' : `\n WHERE ${partition} NOT IN (${but.join(', ')})`;
  return `
SELECT TOP (1) ${partition} AS number
  FROM ${quoteQualified(table.schema, table.table)} AS t${others}`;
}

/** The numbers of the partitions in which the rows of the table are, or would be. */
export function rowPartitionsSql(table: TableName, division: Division): string {
  const partition = `$PARTITION.${quoteIdent(division.functionName)}(t.${quoteIdent(division.columnName)})`;
  return `
SELECT DISTINCT ${partition} AS number
  FROM ${quoteQualified(table.schema, table.table)} AS t`;
}

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
