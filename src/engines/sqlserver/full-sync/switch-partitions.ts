import type { TableName } from '../../../core/names.js';
import type { MergeCounts, MergeOptions, StageRef } from '../../contract/full-sync.js';
import { param } from '../param.js';
import { quoteQualified } from '../sql/quote.js';
import type { MsSession, Query } from '../sql-session.js';
import { onlyRow } from '../state/state-db.js';
import { NO_LIMIT, TRY_MS } from './brief-locks.js';
import { mergeRows } from './merge-rows.js';
import { runSwitch } from './refusal.js';
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

/**
 * Inside the session's transaction (test/conformance/sqlserver/partitions: "goes with a TRUNCATE of
 * the partition in one transaction"): each partition that has rows on either side is emptied and gets
 * the staged rows; with `keepsPartitions` only those with staged rows are emptied. The numbers are
 * read here, so that a SPLIT in between cannot shift them: the first statement locks the table against
 * one. Those whose switch was refused before are left as they are.
 *
 * @throws SwitchRefused
 */
export async function switchPartitions(
  query: Query,
  stage: StageRef,
  { apart }: StageRecord,
  { keepsPartitions = false }: Pick<MergeOptions, 'keepsPartitions'>,
): Promise<void> {
  const merged = apart.map(({ number }) => number);
  const filled = keepsPartitions ? await stagedPartitions(query, stage) : null;
  const kept = await forEachFilled(query, stage.target, merged, async (number) => {
    if (filled?.includes(number) === false) return false;
    await query(truncatePartitionSql(stage.target, number));
    return true;
  });
  await forEachFilled(query, stageTable(stage), merged, async (number) => {
    await runSwitch(query, switchPartitionSql(stageTable(stage), stage.target, number), number);
    return true;
  });
  if (kept.length > 0) await sayKept(query, stage, kept.length);
}

/**
 * The same where partitions were refused, in a transaction that has no row of the state locked: the
 * rows of their ranges are merged, which may take hours. Last, as what may be refused, or wait for
 * readers, comes before what takes long.
 *
 * @throws SwitchRefused
 */
export async function switchAndMerge(
  session: MsSession,
  stage: StageRef,
  options: MergeOptions,
): Promise<MergeCounts> {
  const { query } = session;
  const record = await requireStage(query, stage);
  await session.batch(`SET LOCK_TIMEOUT ${TRY_MS};`);
  await switchPartitions(query, stage, record, options);
  const division = await divisionOf(query, stage.target);
  const refused = record.apart.map(({ number }) => number);
  // A SPLIT since then may have given the number to another partition.
  const filled = options.keepsPartitions === true ? await stagedPartitions(query, stage) : refused;
  const numbers = refused.filter((number) => filled.includes(number));
  if (numbers.length === 0) return { inserted: 0, updated: 0, deleted: 0 };
  const inRanges = (alias: string) => inPartitionsSql(division, alias, numbers);
  const { lockTimeoutMs = NO_LIMIT } = options;
  return mergeRows(session, stage, { deletes: true, lockTimeoutMs }, inRanges);
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
  const inFilled = await stagedRanges(query, stage, division);
  if (inFilled === null) return { inserted: 0, updated: 0, deleted: 0 };
  return mergeRows(session, stage, { ...options, deletes: true }, inFilled);
}

/**
 * Where no SWITCH is possible and rows have no key: those to be replaced, given an alias; `all` of a
 * table without partitions, null where the stage is empty.
 */
export async function replacedRanges(
  query: Query,
  stage: StageRef,
): Promise<Ranges | 'all' | null> {
  const [division] = await query<Division>(DIVISION, tableParam(stage.target));
  return division === undefined ? 'all' : stagedRanges(query, stage, division);
}

type Ranges = (alias: string) => string;

/** The partitions that staged rows belong to, given an alias; null: there are none. Says what stays. */
async function stagedRanges(
  query: Query,
  stage: StageRef,
  division: Division,
): Promise<Ranges | null> {
  const filled = await stagedPartitions(query, stage);
  const known = await filledPartitions(query, stage.target);
  const kept = known.filter((number) => !filled.includes(number));
  if (kept.length > 0) await sayKept(query, stage, kept.length);
  return filled.length === 0 ? null : (alias) => inPartitionsSql(division, alias, filled);
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
