import { setTimeout as delay } from 'node:timers/promises';
import type { StageRef } from '../../contract/full-sync.js';
import type { TableModel } from '../../contract/schema.js';
import { stageStatements } from '../define/stage-statements.js';
import type { Statement } from '../define/statement.js';
import { isDone } from '../define/statement.js';
import { readTargetFacts } from '../define/target-facts.js';
import { msNumberOf } from '../ms-errors.js';
import { laneBehind, readCatchUp, requireCopied } from './catch-up.js';
import { splitFinish } from './finish-order.js';
import { splitMissing } from './split-missing.js';
import { removeDuplicatesSql } from './sql/remove-duplicates.js';
import { readLiveShape } from './stage-model.js';
import type { StageRecord } from './stage-record.js';
import { requireStage, stageSchema, stageTable } from './stage-record.js';
import type { TargetContext } from './target-context.js';
import { assertOwner, inTarget } from './target-context.js';

const DRAINED_AT_ONCE = 5_000;
const LANE_POLL_MS = 200;
const LANE_WAIT_MS = 5 * 60_000;
/** CREATE UNIQUE INDEX over rows that are alike. */
const DUPLICATES = 1505;
/** Two attempts at the same index: the other one was faster. */
const EXISTS_ALREADY = new Set([1913, 2714, 1779]);

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
  const { record, facts, like } = await prepare(context, model, stage);
  if (record.cloned) {
    onStep('partitions');
    await inTarget(context, async (query) => {
      await assertOwner(query, stage);
      await splitMissing(query, stage, context.allowDataMovement);
    });
  }
  const { finish } = stageStatements(like, stageSchema(stage.tableId), stage.target, facts);
  const { early, late } = splitFinish(like, stage.target, finish);
  for (const statement of early) await runStep(context, stage, record, statement, onStep);
  if (late.length === 0) return;
  onStep('changes made during the copy');
  await catchUp(context, stage);
  for (const statement of late) await runStep(context, stage, record, statement, onStep);
}

async function prepare(context: TargetContext, model: TableModel, stage: StageRef) {
  return inTarget(context, async (query) => {
    await requireCopied(query, stage);
    const record = await requireStage(query, stage);
    const native = record.cloned ? await readLiveShape(query, stage) : model.native;
    const facts = await readTargetFacts(query, context.rowversion);
    return { record, facts, like: { ...model, native } };
  });
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
    const number = msNumberOf(error) ?? 0;
    if (EXISTS_ALREADY.has(number)) return;
    if (number !== DUPLICATES || record.key === null) throw error;
    await removeDuplicates(context, stage, record.key);
    await runOnce(context, stage, statement);
  }
}

async function runOnce(
  context: TargetContext,
  stage: StageRef,
  statement: Statement,
): Promise<void> {
  await inTarget(context, async (query) => {
    await assertOwner(query, stage);
    if (statement.done !== null && (await isDone(query, statement.done))) return;
    await query(statement.sql);
  });
}

async function removeDuplicates(
  context: TargetContext,
  stage: StageRef,
  key: readonly string[],
): Promise<void> {
  await inTarget(context, async (query) => {
    await assertOwner(query, stage);
    await query(removeDuplicatesSql(stageTable(stage), key));
  });
}

async function catchUp(context: TargetContext, stage: StageRef): Promise<void> {
  const deadline = Date.now() + LANE_WAIT_MS;
  for (;;) {
    const { drained, consistent } = await inTarget(context, async (query, session) => {
      await assertOwner(query, stage);
      const before = await readCatchUp(query, stage);
      if (before.consistent) return { drained: 0, consistent: true };
      const result = await context.drain(session, stage, 'stage', DRAINED_AT_ONCE);
      return { drained: result.drained, consistent: false };
    });
    if (consistent) return;
    if (Date.now() > deadline) throw laneBehind(stage);
    if (drained === 0) await delay(LANE_POLL_MS);
  }
}
