import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import type { StageRef } from '../../contract/full-sync.js';
import type { TableModel } from '../../contract/schema.js';
import type { MsTable } from '../catalog/model.js';
import { readShapes } from '../catalog/read-shapes.js';
import { param } from '../param.js';
import type { Query } from '../sql-session.js';
import { readLiveTable } from './live-table.js';

const WANTED_LOAD = `select [load] from sluice.table_state where table_id = @table`;

/**
 * What the stage is made like. For a switch of partitions it is the live table itself, on its own
 * partition scheme: then both are divided alike, with equal indexes and compression, and no check
 * is needed to prove a range.
 */
export async function stageModel(
  query: Query,
  model: TableModel,
  stage: StageRef,
): Promise<TableModel> {
  const [row] = await query<{ load: string }>(WANTED_LOAD, [param.bigint('table', stage.tableId)]);
  if (row?.load !== 'partitionSwitch') return model;
  const live = await readLiveTable(query, stage.target);
  if (!live.there || !live.partitioned || live.unswitchable !== null) return model;
  return { ...model, native: await readLiveShape(query, stage) };
}

const OLD_LARGE: ReadonlySet<string> = new Set(['text', 'ntext', 'image']);

/**
 * The filegroup in which rows wait until the partitions are there and a clustered index takes them
 * to the scheme. On the scheme they would lie where a SPLIT has to move them, while it keeps all
 * readers of the live table waiting. Null: large values stay in the filegroup that they came to, and
 * a heap has no index, so those are loaded on the scheme.
 */
export function waitingPlace(table: MsTable): string | null {
  const { storage, columns } = table;
  if (storage === undefined || storage.kind === 'heap' || !storage.partitioned) return null;
  if (columns.some(({ type }) => type.maxLength < 0 || OLD_LARGE.has(type.name))) return null;
  const scheme = table.parts.schemes.find(({ name }) => name === storage.dataSpace);
  return scheme?.filegroups.at(-1) ?? null;
}

export async function readLiveShape(query: Query, stage: StageRef): Promise<MsTable> {
  const [shape] = await readShapes(query, { only: [stage.target], pool: null });
  if (shape !== undefined) return shape.table;
  throw new SluiceError(
    'TABLE_MISSING',
    `The target table ${displayName(stage.target)} is not there any more.`,
    { remedy: 'Resync the table: that creates it again.' },
  );
}
