import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import type { MergeCounts, MergeOptions, StageRef } from '../../contract/full-sync.js';
import { quoteQualified } from '../sql/quote.js';
import type { MsSession, Query } from '../sql-session.js';
import { NO_LIMIT, TRY_MS } from './brief-locks.js';
import { insertStage } from './insert-stage.js';
import { readLiveTable } from './live-table.js';
import { replacedRanges } from './switch-partitions.js';
import { requireStage } from './stage-record.js';

/** Below the number of locks at which the server would lock the whole table for readers. */
const DELETED_AT_ONCE = 4_000;

/**
 * All rows of the live table go and those of the stage come, in the session's transaction, which has
 * no row of the state locked: that may take hours.
 *
 * TRUNCATE, where the server takes it, waits for readers, and they for it, so each try of that is
 * short. Else rows go in batches. Partitions that the source has no row in may have to stay.
 *
 * @throws SluiceError ROW_REJECTED where a foreign key would take rows of another table along
 */
export async function replaceRows(
  session: MsSession,
  stage: StageRef,
  options: MergeOptions,
): Promise<MergeCounts> {
  return replaceBy(session, stage, options, true);
}

/** The same where the server has refused to truncate the table. */
export async function deleteAndInsert(
  session: MsSession,
  stage: StageRef,
  options: MergeOptions,
): Promise<MergeCounts> {
  return replaceBy(session, stage, options, false);
}

async function replaceBy(
  session: MsSession,
  stage: StageRef,
  { keepsPartitions = false, lockTimeoutMs = NO_LIMIT }: MergeOptions,
  mayTruncate: boolean,
): Promise<MergeCounts> {
  const { query } = session;
  const record = await requireStage(query, stage);
  const replaced = keepsPartitions ? await replacedRanges(query, stage) : 'all';
  const { untruncatable, empty, actsOn } = await readLiveTable(query, stage.target);
  const table = quoteQualified(stage.target.schema, stage.target.table);
  const truncates = mayTruncate && replaced === 'all' && untruncatable === null;
  if (!truncates && !empty && actsOn !== null) throw childrenRefused(stage, actsOn);
  if (truncates) {
    await session.batch(`SET LOCK_TIMEOUT ${TRY_MS};`);
    await query(`TRUNCATE TABLE ${table}`);
  }
  await session.batch(`SET LOCK_TIMEOUT ${lockTimeoutMs};`);
  const where = typeof replaced === 'function' ? ` WHERE ${replaced('t')}` : '';
  const deleted = truncates || replaced === null ? 0 : await deleteAll(query, table, where);
  return { inserted: await insertStage(query, stage, record), updated: 0, deleted };
}

/** Rows that a foreign key takes along do not come back with those that they refer to. */
function childrenRefused(stage: StageRef, actsOn: string): SluiceError {
  const message = `Rows of ${displayName(stage.target)} would have to be deleted and inserted again, and a foreign key would delete or change rows of ${actsOn} with them.`;
  return new SluiceError('ROW_REJECTED', message, {
    remedy:
      'Use load: merge, or take the action (ON DELETE) from that foreign key of the target, or disable it; then retry the table.',
  });
}

async function deleteAll(query: Query, table: string, where: string): Promise<number> {
  const sql = `DELETE TOP (${DELETED_AT_ONCE}) t FROM ${table} AS t${where};\nSELECT @@ROWCOUNT AS n;`;
  for (let deleted = 0; ;) {
    const [row] = await query<{ n: number }>(sql);
    if (row === undefined || row.n === 0) return deleted;
    deleted += row.n;
  }
}
