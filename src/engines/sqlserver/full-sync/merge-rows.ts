import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import type { MergeCounts, MergeOptions, StageRef } from '../../contract/full-sync.js';
import { identityChanged } from '../apply/identity-changed.js';
import { readTargetTable } from '../apply/target-table.js';
import type { MsSession, Query } from '../sql-session.js';
import { onlyRow } from '../state/state-db.js';
import { insertStage } from './insert-stage.js';
import type { MergeSql } from './sql/merge-sql.js';
import { mergeSql } from './sql/merge-sql.js';
import { requireStage, stageTable } from './stage-record.js';

/**
 * Inside a transaction of the session; `condition` limits it to a part of both tables.
 *
 * @throws SluiceError SERVER_BUSY, KEY_MISSING
 */
export async function mergeRows(
  session: MsSession,
  stage: StageRef,
  { deletes, updates = true, lockTimeoutMs }: MergeOptions,
  condition: ((alias: string) => string) | null = null,
): Promise<MergeCounts> {
  const { query } = session;
  const record = await requireStage(query, stage);
  if (record.key === null) {
    if (updates) throw keyMissing(stage);
    // Without a key no row of the stage is known to be there already.
    return { inserted: await insertStage(query, stage, record), updated: 0, deleted: 0 };
  }
  const live = await readTargetTable(query, stage.target);
  const staged = await readTargetTable(query, stageTable(stage));
  const sql = mergeSql(live, staged, record.columns, record.key, condition);
  await session.batch(`DROP TABLE IF EXISTS #sluice_diff;\n${sql.createDiff}`);
  const { deleted, inserted: added, changed } = sql.fillDiff;
  // A table of the session is seen by statements of every kind that run on it.
  for (const fill of [...(deletes ? [deleted] : []), added, ...(updates ? [changed] : [])]) {
    await query(fill);
  }
  const wanted = await countDiff(query, sql);
  if (wanted.r > 0 && live.referenced) throw identityChanged(live);
  // What was compared is not lost to a wait: only from here on others wait for what this holds.
  if (lockTimeoutMs !== undefined) await session.batch(`SET LOCK_TIMEOUT ${lockTimeoutMs};`);
  const gone = await rowsOf(query, sql.remove);
  const updated = sql.update === null ? 0 : await rowsOf(query, sql.update);
  const inserted = await rowsOf(query, sql.insert);
  const whole =
    gone === wanted.d + wanted.r && updated === wanted.u && inserted === wanted.i + wanted.r;
  if (!whole) throw writtenMeanwhile(stage);
  return { inserted: wanted.i, updated: wanted.u + wanted.r, deleted: wanted.d };
}

async function rowsOf(query: Query, sql: string): Promise<number> {
  return Number(onlyRow(await query<{ n: string }>(sql)).n);
}

async function countDiff(
  query: Query,
  sql: MergeSql,
): Promise<{ d: number; i: number; u: number; r: number }> {
  const rows = await query<{ op: string; n: string }>(sql.countDiff);
  const of = (op: string) => Number(rows.find((row) => row.op.trim() === op)?.n ?? 0);
  return { d: of('d'), i: of('i'), u: of('u'), r: of('r') };
}

function keyMissing(stage: StageRef): SluiceError {
  const table = displayName(stage.target);
  return new SluiceError('KEY_MISSING', `${table} has no key, so its rows cannot be merged.`, {
    remedy: 'Give the table a primary key, or use load: truncate.',
  });
}

function writtenMeanwhile(stage: StageRef): SluiceError {
  const table = displayName(stage.target);
  return new SluiceError('SERVER_BUSY', `Someone else wrote to ${table} while it was merged.`, {
    remedy: 'It is tried again; a replicated table should have no other writer.',
  });
}
