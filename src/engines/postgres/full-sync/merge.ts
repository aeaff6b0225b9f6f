import type pg from 'pg';
import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import type { MergeCounts, MergeOptions, StageRef } from '../../contract/full-sync.js';
import type { TargetTable } from '../apply/target-table.js';
import { readTargetTable } from '../apply/target-table.js';
import { isOrderSensitive } from '../pg-errors.js';
import { childrenRefused, keepsChildren } from '../apply/kept-children.js';
import { becomeReplicaInTransaction } from '../apply/replica-role.js';
import type { StateSession } from '../state/state-db.js';
import { onlyRow } from '../state/state-db.js';
import { inBriefTries } from './brief-locks.js';
import { assertNotSetAside, laneBehind, readCatchUp } from './catch-up.js';
import { assertOwner } from './finish-stage.js';
import { keptPartitions } from './kept-partitions.js';
import type { MergeSql } from './merge-sql.js';
import { mergeSql } from './merge-sql.js';
import { replaceRows } from './replace-rows.js';
import { requireStage } from './stage-record.js';
import type { TargetContext } from './target-context.js';
import { beginTable, inTarget, NO_STATEMENT_TIMEOUT } from './target-context.js';

/** One merge of a table at a time, also when a former attempt is still at work. */
const ONE_AT_A_TIME = `select pg_advisory_xact_lock(7310579, $1::bigint::integer)`;

const STEP = `
select t.cutover_step as step, t.fault_code,
       exists (select from sluice.parked p
                where p.table_id = t.table_id and p.position collate "C" <= t.position) as waiting
  from sluice.table_state t
 where t.table_id = $1`;

const MERGED = `
update sluice.table_state
   set cutover_step = 'merged', updated_at = clock_timestamp()
 where table_id = $1`;

const NOTHING: MergeCounts = { inserted: 0, updated: 0, deleted: 0 };

interface Step {
  step: string | null;
  fault_code: string | null;
  waiting: boolean;
}

/**
 * Write the rows that differ, in one transaction that no reader waits for; or exchange all rows. Of
 * the state nothing is locked meanwhile but at the very end, so no lane waits either. Repeated after
 * its commit it does nothing and counts nothing.
 *
 * @throws SluiceError SERVER_BUSY when the stage has not caught up with the frozen table, or
 * somebody else wrote to the live table meanwhile (then it is tried again); KEY_MISSING; LOCK_TIMEOUT
 */
export async function merge(
  context: TargetContext,
  stage: StageRef,
  options: MergeOptions,
): Promise<MergeCounts> {
  const { replaces = false, lockTimeoutMs = 0 } = options;
  if (!replaces) return once(context, stage, options, mergeRows);
  return inBriefTries(stage, lockTimeoutMs, async () => once(context, stage, options, replaceRows));
}

async function once(
  context: TargetContext,
  stage: StageRef,
  options: MergeOptions,
  write: typeof mergeRows,
): Promise<MergeCounts> {
  return inTarget(context, async (session, client) => {
    await session.rows(NO_STATEMENT_TIMEOUT);
    await session.rows(ONE_AT_A_TIME, [stage.tableId]);
    await assertOwner(session, stage);
    const now = onlyRow(await session.rows<Step & Record<string, unknown>>(STEP, [stage.tableId]));
    if (now.step === 'merged') return NOTHING;
    assertNotSetAside(stage, now.fault_code);
    const caughtUp = (await readCatchUp(session, stage)).consistent && !now.waiting;
    if (now.step !== 'frozen' || !caughtUp) throw laneBehind(stage);
    const counts = await write(session, client, stage, options);
    await beginTable(session, stage);
    await session.rows(MERGED, [stage.tableId]);
    return counts;
  });
}

async function mergeRows(
  session: StateSession,
  client: pg.Client,
  stage: StageRef,
  { deletes: wantsDeletes, updates = true, keepsPartitions = false }: MergeOptions,
): Promise<MergeCounts> {
  const record = await requireStage(session, stage);
  const spared = keepsPartitions && wantsDeletes ? await keptPartitions(session, stage) : [];
  const deletes = wantsDeletes && spared !== null;
  const { key } = record;
  if (key === null && updates) throw keyMissing(stage);
  const live = await readTargetTable(client, stage.target);
  const keeps = keepsChildren(live, await becomeReplicaInTransaction(session));
  const sql = mergeSql(live, stage.tableId, record.columns, key);
  await session.rows(sql.createDiff);
  if (spared !== null && spared.length > 0) await session.rows(sql.spare, [spared]);
  await session.rows(sql.analyzeDiff);
  const found = await countDiff(session, sql);
  const wanted = { ...found, updated: updates ? found.updated : 0 };
  const write = async (statement: string): Promise<number> =>
    (await client.query(statement)).rowCount ?? 0;
  const deleted = deletes ? await write(sql.remove) : 0;
  const replaced =
    wanted.updated === 0
      ? { inPlace: true, rows: 0 }
      : await changeRows(client, sql, { live, keeps, key: key ?? [] });
  const inserted = await write(sql.insert);
  await session.rows(sql.dropDiff);
  const whole =
    inserted === wanted.inserted + (replaced.inPlace ? 0 : replaced.rows) &&
    replaced.rows === wanted.updated &&
    (!deletes || deleted === wanted.deleted);
  if (!whole) throw writtenMeanwhile(stage);
  return { inserted: wanted.inserted, updated: replaced.rows, deleted };
}

interface Changed {
  readonly live: TargetTable;
  /** No row may go to come back. */
  readonly keeps: boolean;
  readonly key: readonly string[];
}

/**
 * Rows that exchange unique values cannot be updated one after the other: they go all at once and
 * come back. The same where the server refuses to set a column, unless foreign keys would act on
 * that: then such a column has to be as it should be already.
 */
async function changeRows(
  client: pg.Client,
  sql: MergeSql,
  { live, keeps, key }: Changed,
): Promise<{ inPlace: boolean; rows: number }> {
  const settable = live.columns.every((column) => !column.always || key.includes(column.name));
  if ((settable || (keeps && !(await differsInFixed(client, sql)))) && sql.update !== null) {
    await client.query('savepoint changed_rows');
    try {
      const { rowCount } = await client.query(sql.update);
      return { inPlace: true, rows: rowCount ?? 0 };
    } catch (error) {
      if (!isOrderSensitive(error)) throw error;
      await client.query('rollback to savepoint changed_rows');
    }
  }
  if (keeps) throw childrenRefused(live);
  const { rowCount } = await client.query(sql.replace);
  return { inPlace: false, rows: rowCount ?? 0 };
}

async function differsInFixed(client: pg.Client, sql: MergeSql): Promise<boolean> {
  if (sql.fixedDiffer === null) return false;
  const { rows } = await client.query<{ differ: boolean }>(sql.fixedDiffer);
  return rows[0]?.differ === true;
}

async function countDiff(session: StateSession, sql: MergeSql): Promise<MergeCounts> {
  const row = onlyRow(
    await session.rows<{ deleted: string; inserted: string; updated: string }>(sql.countDiff),
  );
  return {
    deleted: Number(row.deleted),
    inserted: Number(row.inserted),
    updated: Number(row.updated),
  };
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
