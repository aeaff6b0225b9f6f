import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import type { StageRef } from '../../contract/full-sync.js';
import type { TableModel } from '../../contract/schema.js';
import { stageStatements } from '../define/stage-statements.js';
import type { Statement } from '../define/statement.js';
import { readTargetFacts } from '../define/target-facts.js';
import { sqlStateOf } from '../pg-errors.js';
import type { StateSession } from '../state/state-db.js';
import { onlyRow } from '../state/state-db.js';
import { laneBehind, readCatchUp, requireCopied } from './catch-up.js';
import { splitFinish } from './finish-order.js';
import { prepareExchange } from './prepare-exchange.js';
import { removeDuplicatesSql } from './remove-duplicates.js';
import { tellSeenByFetch } from './seen-by-fetch.js';
import type { StageRecord } from './stage-record.js';
import { requireStage, stageSchema } from './stage-record.js';
import type { TargetContext } from './target-context.js';
import { inTarget, NO_STATEMENT_TIMEOUT } from './target-context.js';

const OWNS = `select fence = $2 as owns from sluice.table_state where table_id = $1`;

/** Sorts some millions of keys without a file, and lets the server use its parallel workers. */
const KEY_MEMORY = '256MB';

/** Never less than the server gives by itself. */
const MORE_MEMORY = `
select set_config('maintenance_work_mem', $1, true)
 where pg_size_bytes($1) > pg_size_bytes(current_setting('maintenance_work_mem'))`;

const DRAINED_AT_ONCE = 5_000;
const LANE_POLL_MS = 200;
const LANE_WAIT_MS = 5 * 60_000;
const UNIQUE_VIOLATION = '23505';
/** Two attempts at the same index: the other one was faster. */
const EXISTS_ALREADY = new Set(['42P07', '42710']);

/**
 * Key, indexes and checks on the loaded stage, each a step of its own that is skipped when it is
 * there. Uniqueness beside the key can hold only once the stage is one state of the source, so
 * those come after what was parked during the copy.
 */
export async function finishStage(
  context: TargetContext,
  model: TableModel,
  stage: StageRef,
  onStep: (what: string) => void,
): Promise<void> {
  const record = await inTarget(context, async (session) => {
    await requireCopied(session, stage);
    return requireStage(session, stage);
  });
  const facts = await inTarget(context, async (session) => readTargetFacts(session.rows));
  const { finish } = stageStatements(model, stageSchema(stage.tableId), stage.target, facts);
  const { early, late } = splitFinish(model, stage.target, finish);
  const run = async (statement: Statement) => runStep(context, stage, record, statement, onStep);
  const settle = async () => {
    onStep('changes made during the copy');
    await catchUp(context, stage);
  };
  for (const statement of early) await run(statement);
  if (late.length > 0) await settle();
  for (const statement of late) await run(statement);
  await prepareExchange(context, stage, { facts, run, settle });
}

async function runStep(
  context: TargetContext,
  stage: StageRef,
  record: StageRecord,
  statement: Statement,
  onStep: (what: string) => void,
): Promise<void> {
  onStep(statement.what);
  try {
    await runOnce(context, stage, statement);
  } catch (error) {
    const state = sqlStateOf(error) ?? '';
    if (EXISTS_ALREADY.has(state)) return;
    if (state !== UNIQUE_VIOLATION || record.key === null) throw error;
    await removeDuplicates(context, stage, record.key);
    await runOnce(context, stage, statement);
  }
}

/** The fence is only looked at: its row must not stay locked while an index is built. */
async function runOnce(
  context: TargetContext,
  stage: StageRef,
  statement: Statement,
): Promise<void> {
  await inTarget(context, async (session) => {
    await assertOwner(session, stage);
    await session.rows(NO_STATEMENT_TIMEOUT);
    await session.rows(MORE_MEMORY, [context.maintenanceWorkMem ?? KEY_MEMORY]);
    if (statement.done !== null && (await isDone(session, statement.done))) return;
    await session.rows(statement.sql);
  });
}

async function isDone(session: StateSession, question: string): Promise<boolean> {
  const row = onlyRow(await session.rows<Record<string, unknown>>(question));
  return Object.values(row)[0] === true;
}

export async function assertOwner(session: StateSession, stage: StageRef): Promise<void> {
  const [row] = await session.rows<{ owns: boolean }>(OWNS, [stage.tableId, stage.fence]);
  if (row?.owns === true) return;
  const table = displayName(stage.target);
  throw new SluiceError('STALE_EPOCH', `Another worker has taken over the copy of ${table}.`, {
    remedy: 'Nothing to do: the newer owner goes on.',
  });
}

async function removeDuplicates(
  context: TargetContext,
  stage: StageRef,
  key: readonly string[],
): Promise<void> {
  const relation = { schema: stageSchema(stage.tableId), name: stage.target.table };
  await inTarget(context, async (session) => {
    await assertOwner(session, stage);
    await session.rows(NO_STATEMENT_TIMEOUT);
    await session.rows(removeDuplicatesSql(relation, key));
  });
}

async function catchUp(context: TargetContext, stage: StageRef): Promise<void> {
  const deadline = Date.now() + LANE_WAIT_MS;
  for (;;) {
    const { drained, consistent } = await inTarget(context, async (session, client) => {
      await assertOwner(session, stage);
      const before = await readCatchUp(session, stage);
      if (before.consistent) return { drained: 0, consistent: true };
      const result = await context.drain(client, stage, 'stage', DRAINED_AT_ONCE);
      return { drained: result.drained, consistent: false };
    });
    if (consistent) return;
    await tellSeenByFetch(context, stage);
    if (Date.now() > deadline) throw laneBehind(stage);
    if (drained === 0) await delay(LANE_POLL_MS);
  }
}
