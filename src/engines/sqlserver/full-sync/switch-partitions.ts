import type { TableName } from '../../../core/names.js';
import type { StageRef } from '../../contract/full-sync.js';
import { param } from '../param.js';
import { quoteQualified } from '../sql/quote.js';
import type { MsSession, Query } from '../sql-session.js';
import {
  FILLED_PARTITIONS,
  switchPartitionSql,
  truncatePartitionSql,
} from './sql/partition-sql.js';
import { stageTable } from './stage-record.js';

/**
 * Inside the final transaction: each partition that has rows on either side is emptied and gets the
 * staged rows. The numbers are read here, so that a SPLIT in between cannot shift them.
 */
export async function switchPartitions(session: MsSession, stage: StageRef): Promise<void> {
  const { query } = session;
  const staged = stageTable(stage);
  const held = await filledPartitions(query, stage.target);
  const wanted = await filledPartitions(query, staged);
  for (const number of held) await query(truncatePartitionSql(stage.target, number));
  for (const number of wanted) await query(switchPartitionSql(staged, stage.target, number));
}

export async function filledPartitions(query: Query, table: TableName): Promise<number[]> {
  const rows = await query<{ number: number }>(FILLED_PARTITIONS, [
    param.nvarchar('table', quoteQualified(table.schema, table.table)),
  ]);
  return rows.map(({ number }) => number);
}
