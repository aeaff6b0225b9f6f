import { createHash } from 'node:crypto';
import type {
  FullSyncSource,
  FullSyncTarget,
  LoadMethod,
  MergeCounts,
  StageRef,
} from '../../../../src/engines/contract/full-sync.js';
import type { StateStore } from '../../../../src/state/store.js';
import type { TableModel } from '../../../../src/engines/contract/schema.js';
import { drainRest } from '../../../../src/engines/postgres/apply/drain.js';
import { readTables } from '../../../../src/engines/postgres/catalog/read-tables.js';
import { connectPg } from '../../../../src/engines/postgres/connect.js';
import type { PgConnection } from '../../../../src/engines/postgres/connection-options.js';
import { openFullSyncSource } from '../../../../src/engines/postgres/full-sync/full-sync-source.js';
import { openFullSyncTarget } from '../../../../src/engines/postgres/full-sync/full-sync-target.js';
import type { DrainInto } from '../../../../src/engines/postgres/full-sync/target-context.js';
import { SqlSession } from '../../../../src/engines/postgres/sql-session.js';
import { openState } from '../../../../src/engines/postgres/state/open-state.js';
import { openSessionPool } from '../../../../src/engines/postgres/state/session-pool.js';
import type { PostgresVersion } from '../../../../src/local/postgres-server.js';
import type { TestDatabase } from '../../../support/postgres.js';
import { createDatabase, sharedPostgres } from '../../../support/postgres.js';
import { patient } from '../../../support/wait-for.js';

export interface Scene {
  readonly source: TestDatabase;
  readonly target: TestDatabase;
  readonly state: StateStore;
  readonly fullSource: FullSyncSource;
  readonly fullTarget: FullSyncTarget;
  /** What the target's server said to the sessions of the full sync. */
  readonly notices: readonly string[];
  model(name: string): Promise<TableModel>;
  close(): Promise<void>;
}

export interface Shown {
  readonly method: LoadMethod;
  readonly counts: MergeCounts | null;
  readonly done: boolean;
  readonly remaining: number;
  readonly position: string;
  /** Why another way than the first one was taken in the end. */
  readonly refused?: string;
}

const drain: DrainInto = async (client, stage, into, maxRows) => {
  const staged = { schema: `sluice_stage_${stage.tableId}`, table: stage.target.table };
  const table = into === 'stage' ? staged : stage.target;
  return drainRest(client, stage, { table, upsert: into === 'stage' }, maxRows);
};

export interface SceneLimits {
  readonly statementTimeoutMs?: number;
  readonly stalledMs?: number;
  /** Settings of every session. */
  readonly session?: Readonly<Record<string, string>>;
}

/** Two databases on one server, with the state schema and both sides of a full sync. */
export async function openScene(
  version: PostgresVersion,
  label: string,
  limits: SceneLimits = {},
  server: { url(database: string): string } = sharedPostgres(version),
): Promise<Scene> {
  const [source, target] = await Promise.all([
    createDatabase(server, `${label} s`),
    createDatabase(server, `${label} t`),
  ]);
  const from = { ...connectionTo(source), ...limits };
  const to = { ...connectionTo(target), ...limits };
  const catalogue = new SqlSession(from, 'source');
  const sourcePool = openSessionPool(async () => connectPg(from, 'copy'), 4);
  const notices: string[] = [];
  const targetPool = openSessionPool(async () => {
    const client = await connectPg(to, 'target');
    return client.on('notice', ({ message }) => notices.push(message ?? ''));
  }, 4);
  const statePool = openSessionPool(async () => connectPg(to, 'state'), 2);
  const state = openState(statePool, 'the target');
  await state.migrate();
  return {
    source,
    target,
    state,
    fullSource: openFullSyncSource(sourcePool, 'the source'),
    notices,
    fullTarget: openFullSyncTarget({ pool: targetPool, subject: 'the target', drain, ...limits }),
    model: async (name: string): Promise<TableModel> => {
      const [schema = '', table = ''] = name.split('.');
      const [model] = await readTables(catalogue, { only: [{ schema, table }] });
      if (model === undefined) throw new Error(`The table ${name} is not there.`);
      return model;
    },
    close: async () => {
      await Promise.all([sourcePool.close(), targetPool.close(), statePool.close()]);
      await catalogue.close();
      await Promise.all([source.drop(), target.drop()]);
    },
  };
}

export function connectionTo(database: TestDatabase): PgConnection {
  const url = new URL(database.url);
  return {
    host: url.hostname,
    port: Number(url.port),
    database: database.name,
    user: url.username,
    password: () => decodeURIComponent(url.password),
    tls: { mode: 'disable' },
    connectTimeoutMs: 10_000,
    statementTimeoutMs: 60_000,
    applicationName: 'sluice-test',
    session: {},
  };
}

export interface BeginOptions {
  readonly load?: string;
  /** partitionSwitch: as for a table without a feed. */
  readonly keepsPartitions?: boolean;
  /** Of a table with a feed the lane stands at this position. */
  readonly lane?: string;
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
  options: { chunkBytes?: number; lanes?: number } = {},
): Promise<void> {
  const { chunks } = scene.state;
  const ranges = await scene.fullSource.planChunks(model, options.chunkBytes ?? 64 * 1024);
  await chunks.plan(stage.tableId, stage.epoch, ranges);
  const lanes = Array.from({ length: options.lanes ?? 2 }, async (_, lane) => {
    for (;;) {
      if (!(await copyOne(scene, model, stage, lane))) return;
    }
  });
  await Promise.all(lanes);
  await scene.fullTarget.finishStage(model, stage, () => undefined);
}

/** False when no chunk is left. */
export async function copyOne(
  scene: Scene,
  model: TableModel,
  stage: StageRef,
  lane: number,
): Promise<boolean> {
  const chunk = await scene.state.chunks.claim(stage.tableId, stage.epoch, lane, 8);
  if (chunk === null) return false;
  const [wire = ''] = scene.fullSource.wires(model);
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
  options: BeginOptions = {},
): Promise<Shown> {
  const model = await scene.model(name);
  const stage = await beginCopy(scene, model, options);
  await copyAll(scene, model, stage);
  return showStage(scene, stage, options.load, options.keepsPartitions);
}

/** So long a step waits for its locks, between readers that read without pause. */
export const LOCK_MS = patient(5_000);
const WAYS = ['merge', 'swap', 'truncate', 'partitionSwitch'] as const;

/** Cut over as the product does: at once, or write the rows and then back to the lane. */
export async function showStage(
  scene: Scene,
  stage: StageRef,
  load = 'auto',
  keepsPartitions = false,
): Promise<Shown> {
  const wanted = WAYS.find((way) => way === load) ?? 'auto';
  const { method } = await scene.fullTarget.chooseLoad(stage.target, wanted, stage);
  const how = { maxRows: 1_000, lockTimeoutMs: LOCK_MS, keepsPartitions };
  if (method === 'swap' || method === 'partitionSwitch') {
    const result = await scene.fullTarget.cutOver(stage, { ...how, method });
    if (result.refused === undefined) return { method, counts: null, ...result };
    return { ...(await showStage(scene, stage, load, keepsPartitions)), refused: result.refused };
  }
  await scene.fullTarget.freeze(stage, LOCK_MS);
  const options = { deletes: true, replaces: method === 'truncate', keepsPartitions };
  const counts = await scene.fullTarget.merge(stage, { ...options, lockTimeoutMs: LOCK_MS });
  const result = await scene.fullTarget.cutOver(stage, { ...how, method: 'none' });
  await scene.fullTarget.dropStage(stage);
  return { method, counts, ...result };
}

/** Number of rows and a digest of all of them, the same on both sides when the rows are. */
export async function contents(database: TestDatabase, table: string): Promise<string> {
  const rows = await database.query<{ line: string }>(
    `select t::text as line from ${table} t order by 1`,
  );
  const hash = createHash('sha256');
  for (const row of rows) hash.update(`${row.line}\n`);
  return `${String(rows.length)} rows, ${hash.digest('hex')}`;
}
