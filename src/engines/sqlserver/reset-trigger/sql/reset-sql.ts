import { SluiceError } from '../../../../core/errors.js';
import { displayName } from '../../../../core/names.js';
import type { TableModel } from '../../../contract/schema.js';
import type { MsColumn } from '../../catalog/model.js';
import { nativeTable } from '../../catalog/native.js';
import { quoteIdent, quoteQualified } from '../../sql/quote.js';

export interface TriggerColumn {
  /** Quoted. */
  readonly relation: string;
  /** Quoted. */
  readonly name: string;
  /** Literals of the column's type, as an index can serve them. */
  readonly set: string;
  readonly cleared: string;
}

const NUMBERS = new Set([
  ...['bit', 'tinyint', 'smallint', 'int', 'bigint', 'decimal', 'numeric', 'float', 'real'],
]);
const TEXTS = new Set(['char', 'varchar', 'nchar', 'nvarchar']);

/** @throws SluiceError SCHEMA_MISMATCH for a column that is not there or cannot carry 1 */
export function triggerColumn(model: TableModel, column: string): TriggerColumn {
  const found = nativeTable(model).column(column);
  if (found !== undefined) return columnOf(model.name, found);
  throw new SluiceError(
    'SCHEMA_MISMATCH',
    `The source table ${displayName(model.name)} has no column ${column}.`,
    { remedy: 'Correct resetColumn in its settings.' },
  );
}

export function columnOf(
  table: TableModel['name'],
  column: Pick<MsColumn, 'name' | 'type'>,
): TriggerColumn {
  const relation = quoteQualified(table.schema, table.table);
  const name = quoteIdent(column.name);
  if (NUMBERS.has(column.type.name)) return { relation, name, set: '1', cleared: '0' };
  if (TEXTS.has(column.type.name)) return { relation, name, set: "'1'", cleared: "'0'" };
  throw new SluiceError(
    'SCHEMA_MISMATCH',
    `The reset trigger column ${column.name} of ${displayName(table)} has the type ${column.type.name}.`,
    { remedy: 'Use bit, or a column of a number or text type.' },
  );
}

/** A row where some row carries the mark. */
export function raisedSql({ relation, name, set }: TriggerColumn): string {
  return `
SELECT TOP (1) 1 AS raised
  FROM ${relation}
 WHERE ${name} = ${set}`;
}

/** \`key\` are expressions that read the key's columns. */
export function marksSql({ relation, name, set }: TriggerColumn, key: readonly string[]): string {
  return `
SELECT ${key.join(', ')}
  FROM ${relation} AS t
 WHERE t.${name} = ${set}`;
}

/** \`keys\` is a derived table \`k (v0, …)\`. */
export function resetSql(
  { relation, name, set, cleared }: TriggerColumn,
  keys: string,
  key: readonly string[],
): string {
  const sameRow = key.map((column, n) => `t.${column} = k.v${String(n)}`).join(' AND ');
  return `
UPDATE t
   SET ${name} = ${cleared}
  FROM ${relation} AS t
  JOIN ${keys} ON ${sameRow}
 WHERE t.${name} = ${set};
SELECT @@ROWCOUNT AS written`;
}

/** @schema, @table, @column. */
export const READ_COLUMN = `
SELECT c.name AS name,
       ISNULL(b.name, y.name) AS typeName
  FROM sys.columns AS c
  JOIN sys.tables AS t ON t.object_id = c.object_id
  JOIN sys.schemas AS s ON s.schema_id = t.schema_id
  JOIN sys.types AS y ON y.user_type_id = c.user_type_id
  LEFT JOIN sys.types AS b ON b.user_type_id = c.system_type_id
 WHERE s.name = @schema AND t.name = @table AND c.name = @column`;
