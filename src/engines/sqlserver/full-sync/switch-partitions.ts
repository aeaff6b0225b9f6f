import type { TableName } from '../../../core/names.js';
import type { StageRef } from '../../contract/full-sync.js';
import { param } from '../param.js';
import { quoteQualified } from '../sql/quote.js';
import type { MsSession, Query } from '../sql-session.js';
import { onlyRow } from '../state/state-db.js';
import { switchRefusal } from '../ms-errors.js';
import { mergeRows } from './merge.js';
import { sayMerged } from './say-merged.js';
import type { Division } from './sql/partition-sql.js';
import {
  anyFilledSql,
  DIVISION,
  FILLED_PARTITIONS,
  inPartitionSql,
  switchPartitionSql,
  truncatePartitionSql,
} from './sql/partition-sql.js';
import type { StageRecord } from './stage-record.js';
import { stageTable } from './stage-record.js';

/** The SWITCH of one partition was refused, which took the transaction with it. */
export class PartitionRefused extends Error {
  constructor(
    readonly number: number,
    readonly why: string,
    cause: unknown,
  ) {
    super(`The switch of partition ${number} was refused: ${why}.`, { cause });
  }
}

/**
 * Inside the final transaction: each partition that has rows on either side is emptied and gets the
 * staged rows. The numbers are read here, so that a SPLIT in between cannot shift them: the first
 * statement locks the table against one. Ranges whose switch was refused before are merged, last:
 * what may be refused comes before what takes long.
 *
 * @throws PartitionRefused
 */
export async function switchPartitions(
  session: MsSession,
  stage: StageRef,
  { apart }: StageRecord,
): Promise<void> {
  const { query } = session;
  const merged = apart.map(({ number }) => number);
  await forEachFilled(query, stage.target, merged, async (number) => {
    await query(truncatePartitionSql(stage.target, number));
  });
  await forEachFilled(query, stageTable(stage), merged, async (number) => {
    await switchOne(query, stage, number);
  });
  for (const { number, why } of apart) await mergeRange(session, stage, number, why);
}

/** `empty` each partition that has rows; the last look is at the rows themselves. */
async function forEachFilled(
  query: Query,
  table: TableName,
  but: readonly number[],
  empty: (number: number) => Promise<void>,
): Promise<void> {
  const known = await filledPartitions(query, table);
  for (const number of known.filter((one) => !but.includes(one))) await empty(number);
  const division = onlyRow(await query<Division>(DIVISION, tableParam(table)));
  for (;;) {
    const [left] = await query<{ number: number }>(anyFilledSql(table, division, but));
    if (left === undefined) return;
    await empty(left.number);
  }
}

async function switchOne(query: Query, stage: StageRef, number: number): Promise<void> {
  try {
    await query(switchPartitionSql(stageTable(stage), stage.target, number));
  } catch (error) {
    const why = switchRefusal(error);
    throw why === null ? error : new PartitionRefused(number, why, error);
  }
}

async function mergeRange(
  session: MsSession,
  stage: StageRef,
  number: number,
  why: string,
): Promise<void> {
  const { query } = session;
  const division = onlyRow(await query<Division>(DIVISION, tableParam(stage.target)));
  const inRange = (alias: string) => inPartitionSql(division, alias, number);
  const counts = await mergeRows(session, stage, true, inRange);
  await sayMerged(query, stage, `The switch of partition ${number} was refused: ${why}`, counts);
}

export async function filledPartitions(query: Query, table: TableName): Promise<number[]> {
  const rows = await query<{ number: number }>(FILLED_PARTITIONS, tableParam(table));
  return rows.map(({ number }) => number);
}

function tableParam(table: TableName) {
  return [param.nvarchar('table', quoteQualified(table.schema, table.table))];
}
