import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import type { FinalMethod, StageRef } from '../../contract/full-sync.js';
import { readTargetTable } from '../apply/target-table.js';
import { moveStatements } from '../define/stage-statements.js';
import { param } from '../param.js';
import { quoteQualified } from '../sql/quote.js';
import type { MsSession, Query } from '../sql-session.js';
import { requireCopied } from './catch-up.js';
import { removeStage } from './create-stage.js';
import type { LiveTable } from './live-table.js';
import { isReshaped, readLiveTable } from './live-table.js';
import { mergeRows } from './merge.js';
import { sayMerged } from './say-merged.js';
import { switchPartitions } from './switch-partitions.js';
import { allowIdentity } from './sql/merge-sql.js';
import { ADD_OWNED, FIND_OWNED } from './sql/state-sql.js';
import type { StageRecord } from './stage-record.js';
import { requireStage, stageSchema, stageTable } from './stage-record.js';

/** Below the number of locks at which the server would lock the whole table for readers. */
const DELETED_AT_ONCE = 4_000;

/**
 * Inside the final transaction: the stage becomes, or fills, the live table. True when rows were
 * switched into a table that was there.
 */
export async function makeVisible(
  session: MsSession,
  stage: StageRef,
  method: Exclude<FinalMethod, 'none'>,
  load: string,
): Promise<boolean> {
  const { query } = session;
  const record = await requireStage(query, stage);
  await requireCopied(query, stage);
  const live = await readLiveTable(query, stage.target);
  const switches = live.there && method !== 'truncate' && record.refused === null;
  if (!live.there) await moveStage(query, stage);
  else if (method === 'truncate') await replaceRows(session, stage, record, live);
  else if (record.refused !== null) await mergeInstead(session, stage, record.refused);
  else if (method === 'partitionSwitch') await switchPartitions(session, stage, record);
  else await swap(query, stage, live, load);
  await removeStage(query, stage.tableId);
  return switches;
}

async function moveStage(query: Query, stage: StageRef): Promise<void> {
  for (const statement of moveStatements(stageSchema(stage.tableId), stage.target)) {
    await query(statement.sql);
  }
  const object = [
    param.nvarchar('kind', 'table'),
    param.nvarchar('object', displayName(stage.target)),
  ];
  const owned = await query(FIND_OWNED, object);
  if (owned.length > 0) return;
  const table = param.bigint('table', stage.tableId);
  await query(ADD_OWNED, [...object, table, param.nvarchar('definition', null)]);
}

/**
 * The rows are exchanged and the table stays, with grants, triggers and all that uses it. Only a
 * table of Sluice's own that has other columns now is exchanged itself. Looked at again under the
 * lock: rows or dependents may have come since the choice.
 */
async function swap(query: Query, stage: StageRef, live: LiveTable, load: string): Promise<void> {
  const reshaped = live.ours && (await isReshaped(query, stage));
  if (live.unswitchable !== null || (reshaped && live.hanging !== null)) {
    throw notExchanged(stage, live.hanging ?? live.unswitchable ?? '');
  }
  if (!reshaped && load !== 'swap' && !(live.ours && live.empty)) {
    throw notExchanged(stage, 'it has rows that Sluice did not copy');
  }
  const table = quoteQualified(stage.target.schema, stage.target.table);
  if (reshaped) {
    await query(`DROP TABLE ${table}`);
    await moveStage(query, stage);
    return;
  }
  const staged = stageTable(stage);
  await query(`TRUNCATE TABLE ${table}`);
  await query(`ALTER TABLE ${quoteQualified(staged.schema, staged.table)} SWITCH TO ${table}`);
  await reseed(query, stage);
}

/** SWITCH leaves the counter of an identity column where TRUNCATE put it. */
export async function reseed(query: Query, stage: StageRef): Promise<void> {
  const { columns, sql } = await readTargetTable(query, stage.target);
  if (!columns.some((column) => column.identity)) return;
  await query(`DBCC CHECKIDENT (${literalOf(sql)}, RESEED) WITH NO_INFOMSGS`);
}

function literalOf(quoted: string): string {
  return `N'${quoted.replaceAll("'", "''")}'`;
}

/**
 * TRUNCATE where it was asked for and the server takes it; else rows go in batches, all in this one
 * transaction.
 */
async function replaceRows(
  session: MsSession,
  stage: StageRef,
  record: StageRecord,
  live: LiveTable,
): Promise<void> {
  const { query } = session;
  const table = await readTargetTable(query, stage.target);
  if (live.unswitchable === null || live.unswitchable.startsWith('it has foreign keys')) {
    await query(`TRUNCATE TABLE ${table.sql}`);
  } else {
    await deleteAll(query, table.sql);
  }
  const written = table.columns.filter(
    (column) => record.columns.includes(column.name) && !column.generated,
  );
  const staged = stageTable(stage);
  const names = written.map(({ sql }) => sql).join(', ');
  const insert = `
INSERT INTO ${table.sql} (${names})
SELECT ${names}
  FROM ${quoteQualified(staged.schema, staged.table)};`;
  await query(allowIdentity(table.sql, written, insert));
}

async function deleteAll(query: Query, table: string): Promise<void> {
  const sql = `DELETE TOP (${DELETED_AT_ONCE}) FROM ${table};\nSELECT @@ROWCOUNT AS n;`;
  for (;;) {
    const [row] = await query<{ n: number }>(sql);
    if (row === undefined || row.n === 0) return;
  }
}

async function mergeInstead(session: MsSession, stage: StageRef, why: string): Promise<void> {
  const counts = await mergeRows(session, stage, true);
  await sayMerged(session.query, stage, `The switch was refused: ${why}`, counts);
}

function notExchanged(stage: StageRef, why: string): SluiceError {
  return new SluiceError(
    'OBJECT_NOT_OURS',
    `${displayName(stage.target)} cannot be exchanged: ${why}.`,
    { remedy: 'Use load: merge, which keeps the table and all that hangs on it.' },
  );
}
