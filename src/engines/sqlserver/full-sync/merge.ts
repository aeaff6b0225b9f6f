import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import type { MergeCounts, StageRef } from '../../contract/full-sync.js';
import { readTargetTable } from '../apply/target-table.js';
import { param } from '../param.js';
import type { MsSession, Query } from '../sql-session.js';
import { takeAppLock } from '../state/app-lock.js';
import { onlyRow } from '../state/state-db.js';
import { laneBehind } from './catch-up.js';
import type { MergeSql } from './sql/merge-sql.js';
import { mergeSql } from './sql/merge-sql.js';
import { MERGE_STEP, MERGED } from './sql/state-sql.js';
import { requireStage, stageTable } from './stage-record.js';
import type { TargetSessions } from './target-context.js';
import { assertOwner, beginTable, inTarget } from './target-context.js';

const NOTHING: MergeCounts = { inserted: 0, updated: 0, deleted: 0 };

interface Step extends Record<string, unknown> {
  step: string | null;
  waiting: number;
}

/**
 * Write the rows that differ, in one transaction. Repeated after its commit it does nothing and
 * counts nothing.
 *
 * @throws SluiceError SERVER_BUSY when the stage has not caught up with the frozen table, or
 * somebody else wrote to the live table meanwhile (then it is tried again); KEY_MISSING
 */
export async function merge(
  context: TargetSessions,
  stage: StageRef,
  options: { deletes: boolean },
): Promise<MergeCounts> {
  return inTarget(context, async (query, session) => {
    await takeAppLock(query, `sluice merge ${stage.tableId}`);
    await assertOwner(query, stage);
    const table = param.bigint('table', stage.tableId);
    const now = onlyRow(await query<Step>(MERGE_STEP, [table]));
    if (now.step === 'merged') return NOTHING;
    if (now.step !== 'frozen' || now.waiting === 1) throw laneBehind(stage);
    const counts = await mergeRows(session, stage, options.deletes);
    await beginTable(query, stage);
    await query(MERGED, [table]);
    return counts;
  });
}

/** Inside a transaction of the session. */
export async function mergeRows(
  session: MsSession,
  stage: StageRef,
  deletes: boolean,
  condition: ((alias: string) => string) | null = null,
): Promise<MergeCounts> {
  const { query } = session;
  const record = await requireStage(query, stage);
  if (record.key === null) throw keyMissing(stage);
  const live = await readTargetTable(query, stage.target);
  const sql = mergeSql(live, stageTable(stage), record.columns, record.key, condition);
  await session.batch(`DROP TABLE IF EXISTS #sluice_diff;\n${sql.createDiff}`);
  // A table of the session is seen by statements of every kind that run on it.
  for (const fill of deletes ? sql.fillDiff : sql.fillDiff.slice(1)) await query(fill);
  const wanted = await countDiff(query, sql);
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
