import { SluiceError } from '../../../core/errors.js';
import type { StageRef } from '../../contract/full-sync.js';
import type { TableModel } from '../../contract/schema.js';
import { nativeTable } from '../catalog/native.js';
import { tableDefinition } from '../define/known-columns.js';
import { stageStatements, swapStatements } from '../define/stage-statements.js';
import { readTargetFacts } from '../define/target-facts.js';
import { quoteIdent } from '../sql/quote.js';
import type { StateSession } from '../state/state-db.js';
import { findStage, forgetStage, recordStage, stageSchema } from './stage-record.js';
import type { TargetContext } from './target-context.js';
import { beginTable, inTarget } from './target-context.js';
import { copiedColumns } from './wire.js';

/** Chunks that were loaded into a stage that is gone have to be loaded again. */
const RESET_LEDGER = `
update sluice.chunk
   set state = 'pending', rows = null, bytes = null, source_position = null
 where table_id = $1 and epoch = $2 and state = 'done'`;

const RESET_COUNTER = `update sluice.table_state set rows_copied = 0 where table_id = $1`;

/**
 * Drop what an earlier epoch left and make the empty stage. Once the stage of this epoch is there a
 * repetition does nothing: chunks may be in it already.
 *
 * @throws SluiceError OBJECT_NOT_OURS when a schema of the stage's name was made by someone else
 */
export async function createStage(
  context: TargetContext,
  model: TableModel,
  stage: StageRef,
): Promise<void> {
  const schema = stageSchema(stage.tableId);
  await inTarget(context, async (session) => {
    await beginTable(session, stage);
    const found = await findStage(session, stage.tableId);
    if (found.there && found.record?.epoch === stage.epoch) return;
    if (found.there && !found.owned) throw notOurs(schema);
    if (found.there) await session.rows(`drop schema ${quoteIdent(schema)} cascade`);
    await forgetStage(session, stage.tableId);
    await session.rows(`create schema ${quoteIdent(schema)}`);
    const facts = await readTargetFacts(session.rows);
    const { create } = stageStatements(model, schema, stage.target, facts);
    for (const statement of create) await session.rows(statement.sql);
    await recordStage(session, stage.tableId, {
      epoch: stage.epoch,
      columns: copiedColumns(model).map((column) => column.name),
      key: model.key === null ? null : [...model.key],
      swap: swapStatements(model, schema, stage.target).map((statement) => statement.sql),
      definition: tableDefinition(nativeTable(model), stage.target),
      refused: null,
    });
    const reset = await session.rows(`${RESET_LEDGER} returning n`, [stage.tableId, stage.epoch]);
    if (reset.length > 0) await session.rows(RESET_COUNTER, [stage.tableId]);
  });
}

/** Remove the stage, whichever epoch made it; nothing when there is none. */
export async function dropStage(context: TargetContext, stage: StageRef): Promise<void> {
  await inTarget(context, async (session) => {
    await beginTable(session, stage);
    await removeStage(session, stage.tableId);
  });
}

/** Inside a transaction; a schema of that name that Sluice did not make stays. */
export async function removeStage(session: StateSession, tableId: string): Promise<void> {
  const found = await findStage(session, tableId);
  if (!found.owned) return;
  if (found.there) await session.rows(`drop schema ${quoteIdent(stageSchema(tableId))} cascade`);
  await forgetStage(session, tableId);
}

function notOurs(schema: string): SluiceError {
  return new SluiceError('OBJECT_NOT_OURS', `The schema ${schema} was not made by Sluice.`, {
    remedy: `Rename or drop the schema ${schema} in the target; copies are loaded there.`,
  });
}
