import { quoteIdent } from '../../../sql/quote.js';

/** What a page of a change table is read by. */
export interface PageTable {
  readonly changeTable: string;
  /** False in databases that were made long ago and never upgraded: then there is one statement. */
  readonly hasCommand: boolean;
  /** Expressions over the alias `c`, one for each captured column that travels. */
  readonly columns: readonly string[];
}

/**
 * Rows behind the place (@lsn, @command, @sequence, @operation) and up to @to, in the order of the
 * clustered index. All four columns decide: the sequence is not monotonic over the statements of a
 * transaction, and a place by three of them loses rows of an update of many unique keys.
 */
export function pageSql(table: PageTable): string {
  const command = table.hasCommand ? 'ISNULL(c.[__$command_id], -1)' : '-1';
  const order = table.hasCommand ? 'c.[__$command_id], ' : '';
  const columns = table.columns.map((column) => `,\n       ${column}`).join('');
  return `
SELECT TOP (@page)
       c.[__$start_lsn],
       ${command},
       c.[__$seqval],
       c.[__$operation],
       c.[__$update_mask]${columns}
  FROM cdc.${quoteIdent(table.changeTable)} AS c
 WHERE c.[__$start_lsn] >= CONVERT(binary(10), @lsn)
   AND c.[__$start_lsn] <= CONVERT(binary(10), @to)
   AND (c.[__$start_lsn] > CONVERT(binary(10), @lsn)
        OR ${command} > @command
        OR (${command} = @command AND c.[__$seqval] > CONVERT(binary(10), @sequence))
        OR (${command} = @command AND c.[__$seqval] = CONVERT(binary(10), @sequence)
            AND c.[__$operation] > @operation))
 ORDER BY c.[__$start_lsn], ${order}c.[__$seqval], c.[__$operation]`;
}

/** Which of the tables have a row above @from and up to @to: their places in the list. */
export function busySql(changeTables: readonly string[]): string {
  return changeTables
    .map(
      (name, place) => `
SELECT ${String(place)} AS place
 WHERE EXISTS (SELECT 1 FROM cdc.${quoteIdent(name)} AS c
                WHERE c.[__$start_lsn] > CONVERT(binary(10), @from)
                  AND c.[__$start_lsn] <= CONVERT(binary(10), @to))`,
    )
    .join('\nUNION ALL');
}

/** Whether rows were written between two positions, both exclusive. */
export function writtenBetweenSql(changeTable: string): string {
  return `
SELECT CASE WHEN EXISTS (SELECT 1 FROM cdc.${quoteIdent(changeTable)} AS c
                          WHERE c.[__$start_lsn] > CONVERT(binary(10), @from)
                            AND c.[__$start_lsn] < CONVERT(binary(10), @to)
                            AND c.[__$operation] IN (2, 4))
            THEN 1 ELSE 0 END AS written`;
}
