import type { TableName } from '../../../../../core/names.js';
import { quoteIdent, quoteQualified } from '../../../sql/quote.js';

/** What the rows of a tracked table are read by. */
export interface ChangesTable {
  readonly table: TableName;
  readonly key: readonly string[];
  /** Expressions over the alias `t`, the row as it is now. */
  readonly row: readonly string[];
  /** Expressions over the alias `c`, the key of a change. */
  readonly keyValues: readonly string[];
}

/**
 * What became of every row that changed since @from: the operation, the row as it is now (NULL
 * where it is gone) and its key. Deletes come first, so that a unique value that went from one row
 * to another is free
 * (test/conformance/sqlserver/change-tracking: "has one row a key, with what came of all its changes").
 */
export function changesSql({ table, key, row, keyValues }: ChangesTable): string {
  const name = quoteQualified(table.schema, table.table);
  const sameRow = key.map((column) => `t.${quoteIdent(column)} = c.${quoteIdent(column)}`);
  const values = [...row, ...keyValues].map((value) => `,\n       ${value}`).join('');
  return `
SELECT c.SYS_CHANGE_OPERATION${values}
  FROM CHANGETABLE(CHANGES ${name}, @from) AS c
  LEFT JOIN ${name} AS t ON ${sameRow.join(' AND ')}
 ORDER BY CASE c.SYS_CHANGE_OPERATION WHEN N'D' THEN 0 ELSE 1 END`;
}

/** Which of the tables changed since @from: their places in the list. */
export function changedSql(tables: readonly TableName[]): string {
  return tables
    .map(
      ({ schema, table }, place) => `
SELECT ${String(place)} AS place
 WHERE EXISTS (SELECT 1 FROM CHANGETABLE(CHANGES ${quoteQualified(schema, table)}, @from) AS c)`,
    )
    .join('\nUNION ALL');
}
