import type { MergeCounts, MergeOptions, StageRef } from '../../contract/full-sync.js';
import { quoteQualified } from '../sql/quote.js';
import type { MsSession, Query } from '../sql-session.js';
import { TRY_MS } from './brief-locks.js';
import { insertStage } from './insert-stage.js';
import { readLiveTable } from './live-table.js';
import { requireStage } from './stage-record.js';

/** Below the number of locks at which the server would lock the whole table for readers. */
const DELETED_AT_ONCE = 4_000;
/** Waits for ever. */
const NO_LIMIT = -1;

/**
 * All rows of the live table go and those of the stage come, in the session's transaction, which has
 * no row of the state locked: that may take hours.
 *
 * TRUNCATE, where the server takes it, waits for readers, and they for it, so each try of that is
 * short. Else rows go in batches.
 */
export async function replaceRows(
  session: MsSession,
  stage: StageRef,
  { lockTimeoutMs = NO_LIMIT }: MergeOptions,
): Promise<MergeCounts> {
  const { query } = session;
  const record = await requireStage(query, stage);
  const { untruncatable } = await readLiveTable(query, stage.target);
  const table = quoteQualified(stage.target.schema, stage.target.table);
  if (untruncatable === null) {
    await session.batch(`SET LOCK_TIMEOUT ${TRY_MS};`);
    await query(`TRUNCATE TABLE ${table}`);
  }
  await session.batch(`SET LOCK_TIMEOUT ${lockTimeoutMs};`);
  const deleted = untruncatable === null ? 0 : await deleteAll(query, table);
  return { inserted: await insertStage(query, stage, record), updated: 0, deleted };
}

async function deleteAll(query: Query, table: string): Promise<number> {
  const sql = `DELETE TOP (${DELETED_AT_ONCE}) FROM ${table};\nSELECT @@ROWCOUNT AS n;`;
  for (let deleted = 0; ;) {
    const [row] = await query<{ n: number }>(sql);
    if (row === undefined || row.n === 0) return deleted;
    deleted += row.n;
  }
}
