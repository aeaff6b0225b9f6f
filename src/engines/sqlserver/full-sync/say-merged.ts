import type { MergeCounts, StageRef } from '../../contract/full-sync.js';
import { param } from '../param.js';
import type { Query } from '../sql-session.js';
import { SAY } from './sql/state-sql.js';

/** What was merged where a switch was asked for, and why, in the log of the table. */
export async function sayMerged(
  query: Query,
  stage: StageRef,
  refused: string,
  { inserted, updated, deleted }: MergeCounts,
): Promise<void> {
  const message = `${refused}. Merged instead: ${inserted} inserted, ${updated} updated, ${deleted} deleted.`;
  await query(SAY, [
    param.bigint('table', stage.tableId),
    param.nvarchar('level', 'warning'),
    param.nvarchar('kind', 'switch'),
    param.nvarchar('message', message),
  ]);
}
