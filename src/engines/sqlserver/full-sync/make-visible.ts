import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import type { CutOverHow, FinalMethod, StageRef } from '../../contract/full-sync.js';
import { readTargetTable } from '../apply/target-table.js';
import { moveStatements } from '../define/stage-statements.js';
import { param } from '../param.js';
import { quoteQualified } from '../sql/quote.js';
import type { Query } from '../sql-session.js';
import { requireCopied } from './catch-up.js';
import { removeStage } from './create-stage.js';
import type { LiveTable } from './live-table.js';
import { isReshaped, readLiveTable } from './live-table.js';
import { runSwitch } from './refusal.js';
import { switchPartitions } from './switch-partitions.js';
import { ADD_OWNED, FIND_OWNED } from './sql/state-sql.js';
import { requireStage, stageSchema, stageTable } from './stage-record.js';

interface Showing extends CutOverHow {
  readonly method: Exclude<FinalMethod, 'none'>;
  /** What the configuration asks for. */
  readonly load: string;
}

/**
 * Inside the final transaction: the stage becomes the live table, or its rows do. True when rows were
 * switched into a table that was there.
 */
export async function makeVisible(query: Query, stage: StageRef, how: Showing): Promise<boolean> {
  const record = await requireStage(query, stage);
  await requireCopied(query, stage);
  const live = await readLiveTable(query, stage.target);
  if (!live.there) await moveStage(query, stage);
  else if (how.method === 'partitionSwitch') await switchPartitions(query, stage, record, how);
  else await swap(query, stage, live, how.load);
  await removeStage(query, stage.tableId);
  return live.there;
}

async function moveStage(query: Query, stage: StageRef): Promise<void> {
  for (const statement of moveStatements(stageSchema(stage.tableId), stage.target)) {
    await query(statement.sql);
  }
  const object = [
    param.nvarchar('kind', 'table'),
    param.nvarchar('object', displayName(stage.target)),
  ];
  const owned = await query(FIND_OWNED, object);
  if (owned.length > 0) return;
  const table = param.bigint('table', stage.tableId);
  await query(ADD_OWNED, [...object, table, param.nvarchar('definition', null)]);
}

/**
 * The rows are exchanged and the table stays, with grants, triggers and all that uses it. Only a
 * table of Sluice's own that has other columns now is exchanged itself. Looked at again under the
 * lock: rows or dependents may have come since the choice.
 */
async function swap(query: Query, stage: StageRef, live: LiveTable, load: string): Promise<void> {
  const reshaped = live.ours && (await isReshaped(query, stage));
  if (live.unswitchable !== null || (reshaped && live.hanging !== null)) {
    throw notExchanged(stage, live.hanging ?? live.unswitchable ?? '');
  }
  if (!reshaped && load !== 'swap' && !(live.ours && live.empty)) {
    throw notExchanged(stage, 'it has rows that Sluice did not copy');
  }
  const table = quoteQualified(stage.target.schema, stage.target.table);
  if (reshaped) {
    await query(`DROP TABLE ${table}`);
    await moveStage(query, stage);
    return;
  }
  const staged = stageTable(stage);
  await query(`TRUNCATE TABLE ${table}`);
  const from = quoteQualified(staged.schema, staged.table);
  await runSwitch(query, `ALTER TABLE ${from} SWITCH TO ${table}`, null);
  await reseed(query, stage);
}

/**
 * SWITCH leaves the counter of an identity column where TRUNCATE put it
 * (test/conformance/sqlserver/identity: "starts at its seed again after TRUNCATE"); this takes it to
 * the greatest value (test/conformance/sqlserver/identity: "CHECKIDENT RESEED without a value").
 */
async function reseed(query: Query, stage: StageRef): Promise<void> {
  const { columns, sql } = await readTargetTable(query, stage.target);
  if (!columns.some((column) => column.identity)) return;
  await query(`DBCC CHECKIDENT (${literalOf(sql)}, RESEED) WITH NO_INFOMSGS`);
}

function literalOf(quoted: string): string {
  return `N'${quoted.replaceAll("'", "''")}'`;
}

function notExchanged(stage: StageRef, why: string): SluiceError {
  return new SluiceError(
    'OBJECT_NOT_OURS',
    `${displayName(stage.target)} cannot be exchanged: ${why}.`,
    { remedy: 'Use load: merge, which keeps the table and all that hangs on it.' },
  );
}
