import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import type { FinalMethod, StageRef } from '../../contract/full-sync.js';
import { quoteIdent, quoteQualified } from '../sql/quote.js';
import { becomeReplicaInTransaction } from '../apply/replica-role.js';
import type { StateSession } from '../state/state-db.js';
import { onlyRow } from '../state/state-db.js';
import { requireCopied } from './catch-up.js';
import { removeStage } from './create-stage.js';
import { readLiveTable } from './live-table.js';
import { isReshaped } from './reshaped.js';
import type { StageRecord } from './stage-record.js';
import { requireStage, stageSchema } from './stage-record.js';

const EXISTS = `select to_regclass($1) is not null as there`;

const REFERENCED = `
select exists (select from pg_constraint
                where contype = 'f' and confrelid = $1::regclass and conrelid <> confrelid)
         as referenced`;

const OWN_TABLE = `
insert into sluice.owned (side, kind, object, pipeline, target)
select 'target', 'table', $2, pipeline, target
  from sluice.table_state
 where table_id = $1
on conflict (side, kind, object) do nothing`;

const WANTED_LOAD = `select load from sluice.table_state where table_id = $1`;

/** Inside the final transaction: the stage becomes, or fills, the live table. */
export async function makeVisible(
  session: StateSession,
  stage: StageRef,
  method: Exclude<FinalMethod, 'none'>,
): Promise<void> {
  const record = await requireStage(session, stage);
  await requireCopied(session, stage);
  const live = quoteQualified(stage.target.schema, stage.target.table);
  const { there } = onlyRow(await session.rows<{ there: boolean }>(EXISTS, [live]));
  if (there) await session.rows(`lock table ${live} in access exclusive mode`);
  if (method === 'truncate') await replaceRows(session, stage, record);
  else await swap(session, stage, record, there);
  await removeStage(session, stage.tableId);
}

async function swap(
  session: StateSession,
  stage: StageRef,
  record: StageRecord,
  there: boolean,
): Promise<void> {
  if (there) await dropLive(session, stage);
  for (const statement of record.swap) await session.rows(statement);
  await session.rows(OWN_TABLE, [stage.tableId, displayName(stage.target)]);
}

/** Looked at again under the lock: rows or dependents may have come since the choice. */
async function dropLive(session: StateSession, stage: StageRef): Promise<void> {
  const live = await readLiveTable(session, stage.target);
  const { load } = onlyRow(await session.rows<{ load: string }>(WANTED_LOAD, [stage.tableId]));
  const mayGo =
    load === 'swap' || (live.ours && (live.empty || (await isReshaped(session, stage))));
  if (live.hanging !== null || !mayGo) {
    const why = live.hanging ?? 'it has rows that Sluice did not copy';
    throw new SluiceError(
      'OBJECT_NOT_OURS',
      `${displayName(stage.target)} cannot be exchanged: ${why}.`,
      { remedy: 'Use load: merge, which keeps the table and all that hangs on it.' },
    );
  }
  await session.rows(`drop table ${quoteQualified(stage.target.schema, stage.target.table)}`);
}

/**
 * Rows are deleted, so that readers with an old snapshot still see them, unless TRUNCATE was asked
 * for and no foreign key refers to the table (then the server refuses it).
 */
async function replaceRows(
  session: StateSession,
  stage: StageRef,
  record: StageRecord,
): Promise<void> {
  const live = quoteQualified(stage.target.schema, stage.target.table);
  const staged = quoteQualified(stageSchema(stage.tableId), stage.target.table);
  const columns = record.columns.map(quoteIdent).join(', ');
  await becomeReplicaInTransaction(session);
  const rows = await session.rows<{ referenced: boolean }>(REFERENCED, [live]);
  const { load } = onlyRow(await session.rows<{ load: string }>(WANTED_LOAD, [stage.tableId]));
  const truncates = load === 'truncate' && !onlyRow(rows).referenced;
  await session.rows(truncates ? `truncate ${live}` : `delete from ${live}`);
  await session.rows(`
insert into ${live} (${columns})
overriding system value
select ${columns} from ${staged}`);
}
