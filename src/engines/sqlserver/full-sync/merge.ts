import type { MergeCounts, MergeOptions, StageRef } from '../../contract/full-sync.js';
import { msNumberOf } from '../ms-errors.js';
import { param } from '../param.js';
import type { MsSession } from '../sql-session.js';
import { takeAppLock } from '../state/app-lock.js';
import { onlyRow } from '../state/state-db.js';
import { inBriefTries, NO_LIMIT } from './brief-locks.js';
import { assertNotSetAside, laneBehind, readCatchUp } from './catch-up.js';
import { mergeRows } from './merge-rows.js';
import { keepRefusal } from './refusal.js';
import { refreshStatistics } from './refresh-statistics.js';
import { deleteAndInsert, replaceRows } from './replace-rows.js';
import { MERGE_STEP, MERGED } from './sql/state-sql.js';
import { findStage } from './stage-record.js';
import { mergeFilled, switchAndMerge } from './switch-partitions.js';
import type { TargetSessions } from './target-context.js';
import { assertOwner, beginTable, inTarget } from './target-context.js';

/**
 * The table is captured or published (test/conformance/sqlserver/change-data-capture: "keeps its
 * table from TRUNCATE (4711)"). Not 4712: a foreign key that the catalogue does not show to this login
 * may take rows of other tables along with those that are deleted.
 */
const UNTRUNCATED = 4711;

const NOTHING: MergeCounts = { inserted: 0, updated: 0, deleted: 0 };

interface Step extends Record<string, unknown> {
  step: string | null;
  fault_code: string | null;
  waiting: number;
}

/**
 * Write the rows that differ, in one transaction; or exchange all rows. Of the state nothing is locked
 * meanwhile but at the very end, so no lane waits for it. Repeated after its commit it does nothing
 * and counts nothing.
 *
 * A reader without row versions waits for what is written here, so a merge that finds rows in use
 * gives way soon (test/conformance/sqlserver/locks: "LOCK_TIMEOUT gives up").
 *
 * @throws SluiceError LOCK_TIMEOUT, and nothing is written; SERVER_BUSY when the stage has not caught
 * up with the frozen table, or somebody else wrote to the live table meanwhile (then it is tried
 * again); KEY_MISSING
 */
export async function merge(
  context: TargetSessions,
  stage: StageRef,
  options: MergeOptions,
): Promise<MergeCounts> {
  const { replaces = false, lockTimeoutMs = 0 } = options;
  const { record } = await inTarget(context, async (query) => findStage(query, stage.tableId));
  if (record !== null && record.refused === null && record.apart.length > 0) {
    return mergeApart(context, stage, options);
  }
  if (replaces) {
    return inBriefTries(stage, lockTimeoutMs, async () => replace(context, stage, options));
  }
  const keeps = options.deletes && options.keepsPartitions === true;
  return once(context, stage, options, keeps ? mergeFilled : mergeRows);
}

/** Whether the server truncates the table is told by its catalogue, and in the end by the server. */
async function replace(
  context: TargetSessions,
  stage: StageRef,
  options: MergeOptions,
): Promise<MergeCounts> {
  try {
    return await once(context, stage, options, replaceRows);
  } catch (error) {
    if (msNumberOf(error) !== UNTRUNCATED) throw error;
    return once(context, stage, options, deleteAndInsert);
  }
}

/** What was not refused is switched in the same transaction; a further refusal starts it again. */
async function mergeApart(
  context: TargetSessions,
  stage: StageRef,
  options: MergeOptions,
): Promise<MergeCounts> {
  try {
    const counts = await inBriefTries(stage, options.lockTimeoutMs ?? 0, async () =>
      once(context, stage, options, switchAndMerge),
    );
    await refreshStatistics(context, stage);
    return counts;
  } catch (error) {
    if ((await keepRefusal(context, stage, error)) === null) throw error;
    return merge(context, stage, options);
  }
}

type Write = (session: MsSession, stage: StageRef, options: MergeOptions) => Promise<MergeCounts>;

async function once(
  context: TargetSessions,
  stage: StageRef,
  options: MergeOptions,
  write: Write,
): Promise<MergeCounts> {
  return inTarget(context, async (query, session) => {
    await takeAppLock(query, `sluice merge ${stage.tableId}`);
    await assertOwner(query, stage);
    const table = param.bigint('table', stage.tableId);
    const now = onlyRow(await query<Step>(MERGE_STEP, [table]));
    if (now.step === 'merged') return NOTHING;
    assertNotSetAside(stage, now.fault_code);
    const caughtUp = (await readCatchUp(query, stage)).consistent && now.waiting === 0;
    if (now.step !== 'frozen' || !caughtUp) throw laneBehind(stage);
    const counts = await write(session, stage, options);
    await session.batch(`SET LOCK_TIMEOUT ${NO_LIMIT};`);
    await beginTable(query, stage);
    await query(MERGED, [table]);
    return counts;
  });
}
