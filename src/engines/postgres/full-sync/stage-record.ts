import { z } from 'zod';
import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import type { StageRef } from '../../contract/full-sync.js';
import type { StateSession } from '../state/state-db.js';

/** What later steps have to know of a stage, kept beside its name in sluice.owned. */
const stageRecord = z.object({
  epoch: z.string(),
  /** Columns that are copied; generated ones are not among them. */
  columns: z.array(z.string()),
  key: z.array(z.string()).nullable(),
  /** Statements that move the stage to its place. */
  swap: z.array(z.string()),
  /** What sluice.owned keeps of the table that the stage may become; null: an older build made it. */
  definition: z.string().nullable().default(null),
  /** Why its partitions cannot be exchanged one by one after all. */
  refused: z.string().nullable().default(null),
});

export type StageRecord = z.infer<typeof stageRecord>;

const KIND = 'stage';

const FIND = `
select definition, to_regnamespace(quote_ident($1)) is not null as there
  from (select) as nothing
  left join sluice.owned on side = 'target' and kind = '${KIND}' and object = $1`;

const ADD = `
insert into sluice.owned (side, kind, object, pipeline, target, definition)
select 'target', '${KIND}', $2, pipeline, target, $3
  from sluice.table_state
 where table_id = $1
on conflict (side, kind, object) do update set definition = excluded.definition`;

const REMOVE = `
delete from sluice.owned where side = 'target' and kind = '${KIND}' and object = $1`;

const FORGET_WRITERS = `delete from sluice.stage_writer where table_id = $1`;

/** Constraint and index names have their final form in there, so each stage has its own schema. */
export function stageSchema(tableId: string): string {
  return `sluice_stage_${tableId}`;
}

/** The record, and whether the schema is there. A record of another form counts as none. */
export async function findStage(
  session: StateSession,
  tableId: string,
): Promise<{ record: StageRecord | null; owned: boolean; there: boolean }> {
  const [row] = await session.rows<{ definition: string | null; there: boolean }>(FIND, [
    stageSchema(tableId),
  ]);
  const definition = row?.definition ?? null;
  return {
    record: definition === null ? null : parseRecord(definition),
    owned: definition !== null,
    there: row?.there ?? false,
  };
}

/** @throws SluiceError STALE_EPOCH when the stage of this epoch is not there */
export async function requireStage(session: StateSession, stage: StageRef): Promise<StageRecord> {
  const { record, there } = await findStage(session, stage.tableId);
  if (record !== null && there && record.epoch === stage.epoch) return record;
  throw new SluiceError(
    'STALE_EPOCH',
    `The stage of epoch ${stage.epoch} of ${displayName(stage.target)} is not there.`,
    { remedy: 'Nothing to do if a newer copy runs; otherwise resync the table.' },
  );
}

export async function recordStage(
  session: StateSession,
  tableId: string,
  record: StageRecord,
): Promise<void> {
  await session.rows(ADD, [tableId, stageSchema(tableId), JSON.stringify(record)]);
}

export async function forgetStage(session: StateSession, tableId: string): Promise<void> {
  await session.rows(REMOVE, [stageSchema(tableId)]);
  await session.rows(FORGET_WRITERS, [tableId]);
}

function parseRecord(definition: string): StageRecord | null {
  try {
    return stageRecord.parse(JSON.parse(definition));
  } catch {
    return null;
  }
}
