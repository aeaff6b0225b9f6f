import type {
  FinalMethod,
  FullSyncSource,
  FullSyncTarget,
  LoadMethod,
  MergeCounts,
  PartitionPeriod,
  StageRef,
} from '../../../../src/engines/contract/full-sync.js';
import type { TableModel } from '../../../../src/engines/contract/schema.js';
import { readTables } from '../../../../src/engines/sqlserver/catalog/read-tables.js';
import { connectMs } from '../../../../src/engines/sqlserver/connect.js';
import type { MsPurpose } from '../../../../src/engines/sqlserver/connection-options.js';
import { drainWith } from '../../../../src/engines/sqlserver/drain-with.js';
import { openFullSyncSource } from '../../../../src/engines/sqlserver/full-sync/full-sync-source.js';
import { openFullSyncTarget } from '../../../../src/engines/sqlserver/full-sync/full-sync-target.js';
import { openSessionPool } from '../../../../src/engines/sqlserver/session-pool.js';
import type { SessionPool } from '../../../../src/engines/sqlserver/sql-session.js';
import { openState } from '../../../../src/engines/sqlserver/state/open-state.js';
import type { StateStore } from '../../../../src/state/store.js';
import type { TestMsDatabase, TestMsServer } from '../../../support/sqlserver/server.js';
import { openSqlServer } from '../../../support/sqlserver/server.js';
import { connectionTo } from '../connect/connection-to.js';
import { patient } from '../../../support/wait-for.js';

export interface Scene {
  readonly server: TestMsServer;
  readonly source: TestMsDatabase;
  readonly target: TestMsDatabase;
  readonly state: StateStore;
  readonly fullSource: FullSyncSource;
  readonly fullTarget: FullSyncTarget;
  model(name: string): Promise<TableModel>;
  close(): Promise<void>;
}

export interface Shown {
  readonly method: LoadMethod;
  readonly counts: MergeCounts | null;
  readonly done: boolean;
  readonly remaining: number;
  readonly position: string;
}

export interface SceneOptions {
  readonly allowDataMovement?: boolean;
  readonly rowversion?: 'binary' | 'native';
}

/** Two databases on one server, with the state schema and both sides of a full sync. */
export async function openScene(label: string, options: SceneOptions = {}): Promise<Scene> {
  const server = await openSqlServer();
  const source = await server.createDatabase(`${label} s`);
  const target = await server.createDatabase(`${label} t`);
  const readers = poolOf(source, 'copy');
  const writers = poolOf(target, 'target');
  const stores = poolOf(target, 'state');
  const state = openState(stores, 'the target');
  await state.migrate();
  const { allowDataMovement = false, rowversion = 'binary' } = options;
  return {
    server,
    source,
    target,
    state,
    fullSource: openFullSyncSource(readers, () => Promise.resolve(null)),
    fullTarget: openFullSyncTarget({
      pool: writers,
      drain: drainWith(() => Promise.resolve(null)),
      rowversion,
      allowDataMovement,
    }),
    model: async (name) => {
      const [schema = '', table = ''] = name.split('.');
      const [model] = await readers.use(async ({ query }) =>
        readTables(query, { only: [{ schema, table }] }),
      );
      if (model === undefined) throw new Error(`The table ${name} is not there.`);
      return model;
    },
    close: async () => {
      await Promise.all([readers.close(), writers.close(), stores.close()]);
      await Promise.all([source.drop(), target.drop()]);
      await server.close();
    },
  };
}

export function poolOf(database: TestMsDatabase, purpose: MsPurpose, sessions = 4): SessionPool {
  const { user, password, port, standIn } = database.server;
  const connection = connectionTo(port, {
    host: database.server.host,
    database: database.name,
    user,
    password: () => password,
    tls: { mode: standIn === null ? 'require' : 'disable' },
  });
  return openSessionPool(async () => connectMs(connection, purpose), sessions);
}

export interface BeginOptions {
  readonly load?: string;
  /** Of a table with a feed the lane stands at this position. */
  readonly lane?: string;
  /** partitionSwitch: as for a table without a feed. */
  readonly keepsPartitions?: boolean;
}

/** A table of the state store at the beginning of an epoch, with its empty stage. */
export async function beginCopy(
  scene: Scene,
  model: TableModel,
  options: BeginOptions = {},
): Promise<StageRef> {
  const { tables, lanes } = scene.state;
  const slug = `${model.name.schema}.${model.name.table}`;
  const lane = options.lane === undefined ? null : await lanes.ensure('shop', 'copy', 0);
  if (lane !== null && options.lane !== undefined) {
    await lanes.setPosition(lane.laneId, options.lane, 'lineage');
  }
  const spec = {
    slug,
    source: model.name,
    targetTable: model.name,
    mode: 'auto',
    load: options.load ?? 'auto',
    enabled: true,
    laneId: lane?.laneId ?? null,
  };
  await tables.upsert('shop', 'copy', [spec], '1');
  const table = await tables.find('shop', 'copy', slug);
  if (table === null) throw new Error('The table was not stored.');
  const { epoch, fence } = await tables.beginEpoch(table.tableId, {
    fingerprint: model.fingerprint,
    rowsEstimated: model.rowsEstimated,
    requestId: `epoch ${String(Number(table.epoch) + 1)}`,
  });
  if (lane !== null) {
    await tables.setFlags(table.tableId, { applies: table.applies, parks: true }, 1_000);
  }
  const stage: StageRef = { tableId: table.tableId, epoch, fence, target: model.name };
  await scene.fullTarget.createStage(model, stage);
  return stage;
}

/** Plan, copy with `lanes` at a time, and build keys and indexes. */
export async function copyAll(
  scene: Scene,
  model: TableModel,
  stage: StageRef,
  options: { chunkBytes?: number; lanes?: number; wire?: string; period?: PartitionPeriod } = {},
): Promise<void> {
  const { chunks } = scene.state;
  const ranges = await scene.fullSource.planChunks(model, options.chunkBytes ?? 64 * 1024);
  await chunks.plan(stage.tableId, stage.epoch, ranges);
  const lanes = Array.from({ length: options.lanes ?? 2 }, async (_, lane) => {
    while (await copyOne(scene, model, stage, lane, options.wire));
  });
  await Promise.all(lanes);
  await scene.fullTarget.finishStage(model, stage, () => undefined, options.period);
}

/** False when no chunk is left. */
export async function copyOne(
  scene: Scene,
  model: TableModel,
  stage: StageRef,
  lane: number,
  wire = scene.fullSource.wires(model)[0] ?? '',
): Promise<boolean> {
  const chunk = await scene.state.chunks.claim(stage.tableId, stage.epoch, lane, 8);
  if (chunk === null) return false;
  const stream = await scene.fullSource.readChunk(model, chunk, wire);
  try {
    await scene.fullTarget.loadChunk(stage, chunk, stream);
  } finally {
    await stream.close();
  }
  return true;
}

/** A whole resync by the way that the target chooses; returns what the merge counted. */
export async function resync(
  scene: Scene,
  name: string,
  options: BeginOptions & { readonly wire?: string; readonly period?: PartitionPeriod } = {},
): Promise<Shown> {
  const model = await scene.model(name);
  const stage = await beginCopy(scene, model, options);
  const { wire, period } = options;
  await copyAll(scene, model, stage, {
    ...(wire === undefined ? {} : { wire }),
    ...(period === undefined ? {} : { period }),
  });
  return showStage(scene, stage, options.load, options.keepsPartitions);
}

/** So long a step waits for its locks, between readers that read without pause. */
export const LOCK_MS = patient(5_000);
const ADD_ONLY = { deletes: false, updates: false };
const WAYS: readonly LoadMethod[] = ['merge', 'swap', 'truncate', 'append', 'partitionSwitch'];

/**
 * Cut over as the product does: a switch at once; else, and where that was refused, write the rows,
 * then back to the lane.
 */
export async function showStage(
  scene: Scene,
  stage: StageRef,
  load = 'auto',
  keepsPartitions = false,
): Promise<Shown> {
  const wanted = WAYS.find((way) => way === load) ?? 'auto';
  const { method } = await scene.fullTarget.chooseLoad(stage.target, wanted, stage);
  const how = { maxRows: 1_000, lockTimeoutMs: LOCK_MS };
  if (isFinal(method)) {
    const result = await scene.fullTarget.cutOver(stage, { ...how, method, keepsPartitions });
    if (result.refused !== undefined) return showStage(scene, stage, load, keepsPartitions);
    return { method, counts: null, ...result };
  }
  await scene.fullTarget.freeze(stage, LOCK_MS);
  const replaces = method === 'truncate';
  const options = method === 'append' ? ADD_ONLY : { deletes: true, replaces, keepsPartitions };
  const counts = await scene.fullTarget.merge(stage, { ...options, lockTimeoutMs: LOCK_MS });
  const result = await scene.fullTarget.cutOver(stage, { ...how, method: 'none' });
  await scene.fullTarget.dropStage(stage);
  return { method, counts, ...result };
}

function isFinal(method: LoadMethod): method is LoadMethod & FinalMethod {
  return method === 'swap' || method === 'partitionSwitch';
}

/** Every row as the server writes it, in the order of `key`. */
export async function contents(
  database: TestMsDatabase,
  table: string,
  key = 'id',
): Promise<readonly unknown[]> {
  return database.sql(`SELECT * FROM ${table} ORDER BY ${key}`);
}

export async function count(database: TestMsDatabase, table: string): Promise<number> {
  const [row] = await database.sql(`SELECT COUNT(*) AS n FROM ${table}`);
  return Number(row?.n);
}
