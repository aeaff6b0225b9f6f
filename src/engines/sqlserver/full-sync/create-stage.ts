import { SluiceError } from '../../../core/errors.js';
import type { StageRef } from '../../contract/full-sync.js';
import type { TableModel } from '../../contract/schema.js';
import { stageStatements } from '../define/stage-statements.js';
import { readTargetFacts } from '../define/target-facts.js';
import { nativeTable } from '../catalog/native.js';
import { param } from '../param.js';
import { quoteIdent, quoteQualified } from '../sql/quote.js';
import type { Query } from '../sql-session.js';
import { RESET_COUNTER, RESET_LEDGER } from './sql/state-sql.js';
import { findStage, forgetStage, recordStage, stageSchema } from './stage-record.js';
import { stageModel, waitingPlace } from './stage-model.js';
import type { TargetContext, TargetSessions } from './target-context.js';
import { beginTable, inTarget } from './target-context.js';
import { copiedNames } from './wire.js';

const TABLES_OF = `
select t.name
  from sys.tables as t
 where t.schema_id = SCHEMA_ID(@schema)`;

/**
 * Drop what an earlier epoch left and make the empty stage. Once the stage of this epoch is there a
 * repetition does nothing: chunks may be in it already. In one transaction, so it is there whole or
 * not at all (test/conformance/sqlserver/transactions: "rolls back definitions too").
 *
 * @throws SluiceError OBJECT_NOT_OURS when a schema of the stage's name was made by someone else
 */
export async function createStage(
  context: TargetContext,
  model: TableModel,
  stage: StageRef,
): Promise<void> {
  const schema = stageSchema(stage.tableId);
  await inTarget(context, async (query) => {
    await beginTable(query, stage);
    const found = await findStage(query, stage.tableId);
    if (found.there && found.record?.epoch === stage.epoch) return;
    if (found.there && !found.owned) throw notOurs(schema);
    if (found.there) await dropSchema(query, schema);
    await query(`CREATE SCHEMA ${quoteIdent(schema)}`);
    const facts = await readTargetFacts(query, context.rowversion);
    const like = await stageModel(query, model, stage);
    const filegroup = like === model ? null : waitingPlace(nativeTable(like));
    const { create } = stageStatements(like, schema, stage.target, facts, filegroup);
    for (const statement of create) await query(statement.sql);
    await recordStage(query, stage.tableId, {
      epoch: stage.epoch,
      columns: copiedNames(model),
      key: model.key === null ? null : [...model.key],
      cloned: like !== model,
      refused: null,
      apart: [],
    });
    await resetLedger(query, stage);
  });
}

async function resetLedger(query: Query, stage: StageRef): Promise<void> {
  const table = param.bigint('table', stage.tableId);
  const reset = await query(RESET_LEDGER, [table, param.bigint('epoch', stage.epoch)]);
  if (reset.length > 0) await query(RESET_COUNTER, [table]);
}

/** Remove the stage, whichever epoch made it; nothing when there is none. */
export async function dropStage(context: TargetSessions, stage: StageRef): Promise<void> {
  await inTarget(context, async (query) => {
    await beginTable(query, stage);
    await removeStage(query, stage.tableId);
  });
}

/** Inside a transaction; a schema of that name that Sluice did not make stays. */
export async function removeStage(query: Query, tableId: string): Promise<void> {
  const found = await findStage(query, tableId);
  if (!found.owned) return;
  if (found.there) await dropSchema(query, stageSchema(tableId));
  await forgetStage(query, tableId);
}

/** A schema goes only when it is empty. */
async function dropSchema(query: Query, schema: string): Promise<void> {
  const tables = await query<{ name: string }>(TABLES_OF, [param.nvarchar('schema', schema)]);
  for (const { name } of tables) await query(`DROP TABLE ${quoteQualified(schema, name)}`);
  await query(`DROP SCHEMA ${quoteIdent(schema)}`);
}

function notOurs(schema: string): SluiceError {
  return new SluiceError('OBJECT_NOT_OURS', `The schema ${schema} was not made by Sluice.`, {
    remedy: `Rename or drop the schema ${schema} in the target; copies are loaded there.`,
  });
}
