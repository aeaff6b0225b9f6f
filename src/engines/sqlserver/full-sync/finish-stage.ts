import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import type { PartitionPeriod, StageRef } from '../../contract/full-sync.js';
import type { TableModel } from '../../contract/schema.js';
import { readTargetTable } from '../apply/target-table.js';
import { isNative } from '../catalog/native.js';
import { stageStatements } from '../define/stage-statements.js';
import type { Statement } from '../define/statement.js';
import { isDone } from '../define/statement.js';
import { readTargetFacts } from '../define/target-facts.js';
import { msNumberOf } from '../ms-errors.js';
import { laneBehind, readCatchUp, requireCopied } from './catch-up.js';
import { comparedBy, splitFinish } from './finish-order.js';
import { splitMissing } from './split-missing.js';
import { removeDuplicatesSql } from './sql/remove-duplicates.js';
import { readLiveShape } from './stage-model.js';
import { requireStage, stageSchema, stageTable } from './stage-record.js';
import type { TargetContext } from './target-context.js';
import { assertOwner, inTarget } from './target-context.js';

export interface FinishRequest {
  readonly stage: StageRef;
  readonly onStep: (what: string) => void;
  /** Of the partitions that are made. */
  readonly period: PartitionPeriod | null;
}

const DRAINED_AT_ONCE = 5_000;
const LANE_POLL_MS = 200;
const LANE_WAIT_MS = 5 * 60_000;
/**
 * CREATE UNIQUE INDEX over rows that are alike by the collation
 * (test/conformance/sqlserver/strings: "groups, sorts and makes unique by the column").
 */
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
  { stage, onStep, period }: FinishRequest,
): Promise<void> {
  const { record, facts, like } = await prepare(context, model, stage);
  const steps: Steps = { context, stage, like, key: record.key, exact: !isNative(model) };
  if (record.cloned) {
    onStep('partitions');
    const { allowDataMovement } = context;
    await splitMissing(context, stage, { allowDataMovement, period });
  }
  const { finish } = stageStatements(like, stageSchema(stage.tableId), stage.target, facts);
  const { early, late } = splitFinish(like, stage.target, finish);
  for (const statement of early) await runStep(steps, statement, onStep);
  if (late.length === 0) return;
  onStep('changes made during the copy');
  await catchUp(context, stage);
  for (const statement of late) await runStep(steps, statement, onStep);
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

interface Steps {
  readonly context: TargetContext;
  readonly stage: StageRef;
  readonly like: TableModel;
  readonly key: readonly string[] | null;
  /** The source tells keys apart that the server may take for equal. */
  readonly exact: boolean;
}

async function runStep(
  steps: Steps,
  statement: Statement,
  onStep: (what: string) => void,
): Promise<void> {
  const { context, stage, like, key } = steps;
  onStep(statement.what);
  try {
    await runOnce(context, stage, statement);
  } catch (error) {
    const number = msNumberOf(error) ?? 0;
    if (EXISTS_ALREADY.has(number)) return;
    if (number !== DUPLICATES || key === null) throw error;
    await removeDuplicates(steps, key);
    try {
      await runOnce(context, stage, statement);
    } catch (again) {
      if (msNumberOf(again) !== DUPLICATES) throw again;
      throw rowsAlike(stage, comparedBy(like, stage.target, statement), again);
    }
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
  { context, stage, exact }: Steps,
  key: readonly string[],
): Promise<void> {
  await inTarget(context, async (query) => {
    await assertOwner(query, stage);
    const { columns } = await readTargetTable(query, stageTable(stage));
    const keys = columns.filter(({ name }) => key.includes(name));
    await query(removeDuplicatesSql(stageTable(stage), keys, exact));
  });
}

/** No row of the source goes for the sake of an index. */
function rowsAlike(stage: StageRef, columns: readonly string[], cause: unknown): SluiceError {
  const table = displayName(stage.target);
  return new SluiceError(
    'ROW_REJECTED',
    `Rows of ${table} that the source tells apart are equal in (${columns.join(', ')}) to the target.`,
    {
      remedy:
        'SQL Server does not look at blanks at the end of a text nor, by its collation, at case or accents: change these values on the source, or leave the table out.',
      vendorCode: String(DUPLICATES),
      cause,
    },
  );
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
