import { z } from 'zod';
import { SluiceError } from '../../../core/errors.js';
import type { TableName } from '../../../core/names.js';
import { displayName } from '../../../core/names.js';
import type { StageRef } from '../../contract/full-sync.js';
import { param } from '../param.js';
import type { Query } from '../sql-session.js';
import { ADD_OWNED, FIND_OWNED, REMOVE_OWNED } from './sql/state-sql.js';

/** What later steps have to know of a stage, kept beside its name in sluice.owned. */
const stageRecord = z.object({
  epoch: z.string(),
  /** Columns that are copied; computed ones are not among them. */
  columns: z.array(z.string()),
  key: z.array(z.string()).nullable(),
  /** It is made like the live table, on its partition scheme, to be switched by partition. */
  cloned: z.boolean(),
  /** Why a switch was refused; all rows are merged then. */
  refused: z.string().nullable(),
  /** Partitions whose switch was refused; the rows of their ranges are merged. */
  apart: z.array(z.object({ number: z.number(), why: z.string() })).default([]),
});

export type StageRecord = z.infer<typeof stageRecord>;

const KIND = 'stage';

const SCHEMA_THERE = `select SCHEMA_ID(@object) as id`;

/** Constraint and index names have their final form in there, so each stage has its own schema. */
export function stageSchema(tableId: string): string {
  return `sluice_stage_${tableId}`;
}

export function stageTable(stage: StageRef): TableName {
  return { schema: stageSchema(stage.tableId), table: stage.target.table };
}

/** The record, and whether the schema is there. A record of another form counts as none. */
export async function findStage(
  query: Query,
  tableId: string,
): Promise<{ record: StageRecord | null; owned: boolean; there: boolean }> {
  const [owned] = await query<{ definition: string | null }>(FIND_OWNED, objectParams(tableId));
  const object = param.nvarchar('object', stageSchema(tableId));
  const [schema] = await query<{ id: number | null }>(SCHEMA_THERE, [object]);
  return {
    record: parseRecord(owned?.definition ?? null),
    owned: owned !== undefined,
    there: schema?.id !== null && schema?.id !== undefined,
  };
}

/** @throws SluiceError STALE_EPOCH when the stage of this epoch is not there */
export async function requireStage(query: Query, stage: StageRef): Promise<StageRecord> {
  const { record, there } = await findStage(query, stage.tableId);
  if (record !== null && there && record.epoch === stage.epoch) return record;
  throw new SluiceError(
    'STALE_EPOCH',
    `The stage of epoch ${stage.epoch} of ${displayName(stage.target)} is not there.`,
    { remedy: 'Nothing to do if a newer copy runs; otherwise resync the table.' },
  );
}

export async function recordStage(
  query: Query,
  tableId: string,
  record: StageRecord,
): Promise<void> {
  await forgetStage(query, tableId);
  await query(ADD_OWNED, [
    ...objectParams(tableId),
    param.bigint('table', tableId),
    param.nvarchar('definition', JSON.stringify(record)),
  ]);
}

export async function forgetStage(query: Query, tableId: string): Promise<void> {
  await query(REMOVE_OWNED, objectParams(tableId));
}

function objectParams(tableId: string) {
  return [param.nvarchar('kind', KIND), param.nvarchar('object', stageSchema(tableId))];
}

function parseRecord(definition: string | null): StageRecord | null {
  if (definition === null) return null;
  try {
    return stageRecord.parse(JSON.parse(definition));
  } catch {
    return null;
  }
}
