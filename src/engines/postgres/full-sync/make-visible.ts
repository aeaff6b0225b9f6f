import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import type { FinalMethod, StageRef } from '../../contract/full-sync.js';
import { quoteIdent, quoteQualified } from '../sql/quote.js';
import type { StateSession } from '../state/state-db.js';
import { onlyRow } from '../state/state-db.js';
import { requireCopied } from './catch-up.js';
import { removeStage } from './create-stage.js';
import { exchangePartitions } from './exchange-partitions.js';
import { readLiveTable } from './live-table.js';
import { PROOF } from './partition-pairs.js';
import { isReshaped } from './reshaped.js';
import { TABLES_WITH_CONSTRAINT } from './sql/exchange.js';
import type { StageRecord } from './stage-record.js';
import { requireStage, stageSchema } from './stage-record.js';

const EXISTS = `select to_regclass($1) is not null as there`;

const OWN_TABLE = `
insert into sluice.owned (side, kind, object, pipeline, target, definition)
select 'target', 'table', $2, pipeline, target, $3
  from sluice.table_state
 where table_id = $1
on conflict (side, kind, object) do update set definition = excluded.definition`;

const WANTED_LOAD = `select load from sluice.table_state where table_id = $1`;

interface Showing {
  readonly method: Exclude<FinalMethod, 'none'>;
  readonly keepsPartitions?: boolean;
}

/**
 * Inside the final transaction: the stage becomes the live table, or its partitions. Returns why an
 * exchange of partitions was refused; then the stage stays, to be merged.
 */
export async function makeVisible(
  session: StateSession,
  stage: StageRef,
  { method, ...how }: Showing,
): Promise<string | null> {
  const record = await requireStage(session, stage);
  await requireCopied(session, stage);
  if (method === 'partitionSwitch') {
    const refused = await exchangePartitions(session, stage, how);
    if (refused === null) await removeStage(session, stage.tableId);
    return refused;
  }
  const live = quoteQualified(stage.target.schema, stage.target.table);
  const { there } = onlyRow(await session.rows<{ there: boolean }>(EXISTS, [live]));
  if (there) await session.rows(`lock table ${live} in access exclusive mode`);
  await swap(session, stage, record, there);
  await removeStage(session, stage.tableId);
  return null;
}

async function swap(
  session: StateSession,
  stage: StageRef,
  record: StageRecord,
  there: boolean,
): Promise<void> {
  if (there) await dropLive(session, stage);
  await dropProofs(session, stage);
  for (const statement of record.swap) await session.rows(statement);
  const name = displayName(stage.target);
  await session.rows(OWN_TABLE, [stage.tableId, name, record.definition]);
}

/** The stage was made ready for an exchange of partitions, which the live table came to forbid. */
async function dropProofs(session: StateSession, stage: StageRef): Promise<void> {
  const schema = stageSchema(stage.tableId);
  const proven = await session.rows<{ table: string }>(TABLES_WITH_CONSTRAINT, [schema, PROOF]);
  for (const { table } of proven) {
    const name = quoteQualified(schema, table);
    await session.rows(`alter table ${name} drop constraint ${quoteIdent(PROOF)}`);
  }
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
