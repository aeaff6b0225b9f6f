import type { TableName } from '../../../core/names.js';
import type { CutOverHow, MergeCounts, MergeOptions, StageRef } from '../../contract/full-sync.js';
import { param } from '../param.js';
import { quoteQualified } from '../sql/quote.js';
import type { MsSession, Query } from '../sql-session.js';
import { onlyRow } from '../state/state-db.js';
import { switchRefusal } from '../ms-errors.js';
import { mergeRows } from './merge-rows.js';
import { sayMerged } from './say-merged.js';
import type { Division } from './sql/partition-sql.js';
import {
  anyFilledSql,
  DIVISION,
  FILLED_PARTITIONS,
  inPartitionsSql,
  rowPartitionsSql,
  switchPartitionSql,
  truncatePartitionSql,
} from './sql/partition-sql.js';
import { SAY } from './sql/state-sql.js';
import type { StageRecord } from './stage-record.js';
import { requireStage, stageTable } from './stage-record.js';

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
 * staged rows; with `keepsPartitions` only those with staged rows are emptied. The numbers are read
 * here, so that a SPLIT in between cannot shift them: the first statement locks the table against one.
 * Ranges whose switch was refused before are merged, last: what may be refused comes before what
 * takes long.
 *
 * @throws PartitionRefused
 */
export async function switchPartitions(
  session: MsSession,
  stage: StageRef,
  { apart }: StageRecord,
  { keepsPartitions = false }: Pick<CutOverHow, 'keepsPartitions'>,
): Promise<void> {
  const { query } = session;
  const merged = apart.map(({ number }) => number);
  const filled = keepsPartitions ? await stagedPartitions(query, stage) : null;
  const kept = await forEachFilled(query, stage.target, merged, async (number) => {
    if (filled?.includes(number) === false) return false;
    await query(truncatePartitionSql(stage.target, number));
    return true;
  });
  await forEachFilled(query, stageTable(stage), merged, async (number) => {
    await switchOne(query, stage, number);
    return true;
  });
  if (kept.length > 0) await sayKept(query, stage, kept.length);
  for (const { number, why } of apart) await mergeRange(session, stage, number, why);
}

/**
 * `empty` each partition that has rows; the last look is at the rows themselves. Returns those that
 * it says it left.
 */
async function forEachFilled(
  query: Query,
  table: TableName,
  but: readonly number[],
  empty: (number: number) => Promise<boolean>,
): Promise<readonly number[]> {
  const left: number[] = [];
  const look = async (number: number) => {
    if (!(await empty(number))) left.push(number);
  };
  const known = await filledPartitions(query, table);
  for (const number of known.filter((one) => !but.includes(one))) await look(number);
  const division = await divisionOf(query, table);
  for (;;) {
    const [found] = await query<{ number: number }>(
      anyFilledSql(table, division, [...but, ...left]),
    );
    if (found === undefined) return left;
    await look(found.number);
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
  const division = await divisionOf(query, stage.target);
  const inRange = (alias: string) => inPartitionsSql(division, alias, [number]);
  const counts = await mergeRows(session, stage, { deletes: true }, inRange);
  await sayMerged(query, stage, `The switch of partition ${number} was refused: ${why}`, counts);
}

/**
 * Where no SWITCH is possible: the rows of the partitions that have staged ones. A key without the
 * partition column may have moved from one to another, so then no row is taken for deleted. A table
 * without partitions is merged whole.
 */
export async function mergeFilled(
  session: MsSession,
  stage: StageRef,
  options: Pick<MergeOptions, 'lockTimeoutMs'> = {},
): Promise<MergeCounts> {
  const { query } = session;
  const [division] = await query<Division>(DIVISION, tableParam(stage.target));
  if (division === undefined) return mergeRows(session, stage, { ...options, deletes: true });
  const { key } = await requireStage(query, stage);
  if (key?.includes(division.columnName) !== true) {
    return mergeRows(session, stage, { ...options, deletes: false });
  }
  const filled = await stagedPartitions(query, stage);
  const known = await filledPartitions(query, stage.target);
  const kept = known.filter((number) => !filled.includes(number));
  if (kept.length > 0) await sayKept(query, stage, kept.length);
  if (filled.length === 0) return { inserted: 0, updated: 0, deleted: 0 };
  const inFilled = (alias: string) => inPartitionsSql(division, alias, filled);
  return mergeRows(session, stage, { ...options, deletes: true }, inFilled);
}

/** Numbers of the live table's partitions that staged rows belong to. */
async function stagedPartitions(query: Query, stage: StageRef): Promise<number[]> {
  const division = await divisionOf(query, stage.target);
  const rows = await query<{ number: number }>(rowPartitionsSql(stageTable(stage), division));
  return rows.map(({ number }) => number);
}

async function sayKept(query: Query, stage: StageRef, partitions: number): Promise<void> {
  const message = `The source has no row in ${partitions} partitions of the target; they stay as they are.`;
  await query(SAY, [
    param.bigint('table', stage.tableId),
    param.nvarchar('level', 'info'),
    param.nvarchar('kind', 'partition'),
    param.nvarchar('message', message),
  ]);
}

async function divisionOf(query: Query, table: TableName): Promise<Division> {
  return onlyRow(await query<Division>(DIVISION, tableParam(table)));
}

export async function filledPartitions(query: Query, table: TableName): Promise<number[]> {
  const rows = await query<{ number: number }>(FILLED_PARTITIONS, tableParam(table));
  return rows.map(({ number }) => number);
}

function tableParam(table: TableName) {
  return [param.nvarchar('table', quoteQualified(table.schema, table.table))];
}
