import type { TargetTable } from '../../apply/target-table.js';
import { PAGE_TABLE } from '../../watermark/upsert-sql.js';

/** Lane batches begin by locking this row, too. */
export const LOCK_LANE = `
SELECT l.lane_id
  FROM sluice.lane AS l WITH (UPDLOCK, ROWLOCK)
 WHERE l.lane_id = @lane`;

/** Delete the rows of \`keys\`, a derived table \`k (v0, …)\`, that the source does not have. */
export function deleteAbsentSql(
  live: TargetTable,
  key: readonly string[],
  keys: string,
  there: 'some' | 'none',
): string {
  const wanted = key.map((column, n) => `l.${column} = k.v${String(n)}`).join(' AND ');
  const same = key.map((column) => `s.${column} = l.${column}`).join(' AND ');
  const kept =
    there === 'none' ? '' : `\n WHERE NOT EXISTS (SELECT 1 FROM ${PAGE_TABLE} AS s WHERE ${same})`;
  return `
DELETE l
  FROM ${live.sql} AS l
  JOIN ${keys} ON ${wanted}${kept};
SELECT @@ROWCOUNT AS n`;
}
