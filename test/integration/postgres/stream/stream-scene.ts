import type pg from 'pg';
import { runLane } from '../../../../src/activities/lane/run-lane.js';
import { SluiceError } from '../../../../src/core/errors.js';
import type { ConnectionResolver } from '../../../../src/engines/contract/connection.js';
import type { SourceDatabase, TargetDatabase } from '../../../../src/engines/engine.js';
import { engines } from '../../../../src/engines/registry.js';
import type { PostgresVersion } from '../../../../src/local/postgres-server.js';
import type { TestDatabase } from '../../../support/postgres.js';
import { createDatabase, sharedPostgres } from '../../../support/postgres.js';
import { waitFor } from '../../../support/wait-for.js';

const PIPELINE = 'stream';
const TARGET = 'copy';

/** A source, a target and a lane that is started again whenever it fails, as a workflow does it. */
export interface StreamScene {
  readonly source: pg.Client;
  readonly target: pg.Client;
  /** Another session on the source. */
  connect(): Promise<pg.Client>;
  /** Errors that ended an attempt, by code; those of the contract only, others end the test. */
  readonly failures: string[];
  setFlags(table: string, flags: { applies: boolean; parks: boolean }): Promise<void>;
  /** End the session that writes, at once. */
  killWriter(): Promise<boolean>;
  /** Claim the lane as another worker would, and give it up again. */
  takeClaim(): Promise<void>;
  /** Whether the lane's transaction has written something that is not committed. */
  isWriting(): Promise<boolean>;
  /** How long the lane's transaction has waited for more, in ms; 0 while it has none. */
  waitsInTransaction(): Promise<number>;
  caughtUp(): Promise<void>;
  rows(side: 'source' | 'target', table: string): Promise<string>;
  close(): Promise<void>;
}

const RESTARTS = ['CONNECTION_LOST', 'FENCED_OUT', 'FEED_IN_USE', 'SERVER_UNREACHABLE'];

/**
 * `decodingWorkMem` is the size from which on an open transaction is streamed; `wire` the one format
 * that the target understands, as one of another engine would.
 */
export async function openStreamScene(
  version: PostgresVersion,
  ddl: string,
  tables: readonly string[],
  decodingWorkMem = '64kB',
  wire?: string,
): Promise<StreamScene> {
  const server = sharedPostgres(version);
  const sourceDb = await createDatabase(server, 'stream s');
  const targetDb = await createDatabase(server, 'stream t');
  const source = await sourceDb.connect();
  const target = await targetDb.connect();
  await source.query(ddl);
  await source.query('create table marker (n bigint primary key)');
  await target.query(ddl);
  await target.query('create table marker (n bigint primary key)');
  const ends = await openEnds(version, sourceDb, targetDb, decodingWorkMem);
  if (wire !== undefined) Object.assign(ends.target, { wires: [wire] });
  const laneId = await prepare(ends, [...tables, 'marker']);
  const lane = startLane(ends, laneId);
  let marker = 0;
  return {
    source,
    target,
    connect: async () => sourceDb.connect(),
    failures: lane.failures,
    setFlags: async (table, flags) => {
      const row = await ends.target.state.tables.find(PIPELINE, TARGET, table);
      if (row === null) throw new Error(`There is no table ${table}.`);
      await ends.target.state.tables.setFlags(row.tableId, flags, 30_000);
    },
    killWriter: async () => {
      lane.throwUnexpected();
      const { rows } = await target.query<{ ended: boolean }>(
        `select pg_terminate_backend(a.pid) as ended from sluice.lane l
           join pg_stat_activity a on a.pid = l.owner_pid
            and a.backend_start = l.owner_backend_start`,
      );
      return rows[0]?.ended === true;
    },
    takeClaim: async () => {
      const writer = await ends.target.claimLane(laneId, 'other');
      await writer.close();
    },
    isWriting: async () => {
      const { rows } = await target.query<{ writes: boolean }>(
        `select exists (select from sluice.lane l join pg_stat_activity a on a.pid = l.owner_pid
           join pg_locks k on k.pid = a.pid and k.mode = 'RowExclusiveLock'
           join pg_class c on c.oid = k.relation and c.relnamespace = 'public'::regnamespace
          where a.backend_xid is not null) as writes`,
      );
      return rows[0]?.writes === true;
    },
    waitsInTransaction: async () => {
      const { rows } = await target.query<{ waits: number }>(
        `select (1000 * extract(epoch from clock_timestamp() - a.state_change))::int as waits
           from sluice.lane l join pg_stat_activity a on a.pid = l.owner_pid
          where a.state = 'idle in transaction' and a.backend_xid is not null`,
      );
      return rows[0]?.waits ?? 0;
    },
    caughtUp: async () => {
      marker += 1;
      await source.query('insert into marker values ($1)', [marker]);
      await waitFor(
        'the marker is on the target',
        async () => {
          lane.throwUnexpected();
          const found = await target.query('select from marker where n = $1', [marker]);
          return found.rowCount === 1;
        },
        { timeoutMs: 90_000 },
      );
    },
    rows: async (side, table) => {
      const { rows } = await (side === 'source' ? source : target).query<{ all: string }>(
        `select coalesce(string_agg(t::text, e'\\n' order by t::text collate "C"), '') as all
           from ${table} t`,
      );
      return rows[0]?.all ?? '';
    },
    close: async () => {
      await lane.stop();
      await Promise.all([ends.source.close(), ends.target.close()]);
      await Promise.all([sourceDb.drop(), targetDb.drop()]);
    },
  };
}

interface Ends {
  readonly source: SourceDatabase;
  readonly target: TargetDatabase;
}

/** As configured by default. */
const pace = { rows: 20_000, bytes: 4 * 1024 * 1024, waitMs: 0, pollMs: 10_000 };

const feed = { kind: 'cdc' as const, pipeline: PIPELINE, target: TARGET, mayCreate: true };

function startLane(ends: Ends, laneId: string) {
  let stopping = false;
  let unexpected: Error | undefined;
  const failures: string[] = [];
  const run = {
    dueToReturn: () => stopping,
    signal: new AbortController().signal,
    pause: () => Promise.resolve(),
    report: () => undefined,
  };
  const loop = async (): Promise<void> => {
    while (!stopping) {
      try {
        const ended = await runLane({ ...ends, laneId, feed, worker: 'test', pace }, run);
        if (ended.reason !== 'border') throw new Error(`The lane ended: ${String(ended.detail)}`);
      } catch (error) {
        const code = error instanceof SluiceError ? error.code : 'other';
        failures.push(code);
        if (RESTARTS.includes(code)) continue;
        unexpected = error instanceof Error ? error : new Error(String(error));
        return;
      }
    }
  };
  const ended = loop();
  return {
    failures,
    throwUnexpected: () => {
      if (unexpected !== undefined) throw unexpected;
    },
    stop: async () => {
      stopping = true;
      await ended;
    },
  };
}

async function prepare(ends: Ends, tables: readonly string[]): Promise<string> {
  const { source, target } = ends;
  const { state } = target;
  const names = tables.map((table) => ({ schema: 'public', table }));
  await state.migrate();
  const { laneId } = await state.lanes.ensure(PIPELINE, TARGET, 0);
  const { position } = await source.feed('cdc').prepare(feed);
  await source.feed('cdc').addTables(feed, names);
  const { lineage } = await source.identity();
  await state.lanes.setPosition(laneId, position, lineage);
  const specs = names.map((name) => {
    const spec = { slug: name.table, source: name, targetTable: name, enabled: true, laneId };
    return { ...spec, mode: 'cdc', load: 'swap' };
  });
  await state.tables.upsert(PIPELINE, TARGET, specs, '1');
  for (const table of tables) {
    const row = await state.tables.find(PIPELINE, TARGET, table);
    if (row === null) throw new Error(`The table ${table} was not stored.`);
    await state.tables.setFlags(row.tableId, { applies: true, parks: false }, 5_000);
  }
  return laneId;
}

async function openEnds(
  version: PostgresVersion,
  sourceDb: TestDatabase,
  targetDb: TestDatabase,
  decodingWorkMem: string,
): Promise<Ends> {
  const engine = engines.postgres;
  if (engine === undefined) throw new Error('There is no such engine.');
  const options = { applicationName: `sluice ${sourceDb.name}` };
  const to = resolver(version, targetDb.name, {});
  const from = resolver(version, sourceDb.name, { logical_decoding_work_mem: decodingWorkMem });
  const source = await engine.openSource(from, options);
  const target = await engine.openTarget(to, { ...options, peer: () => Promise.resolve(source) });
  return { source, target };
}

function resolver(
  version: PostgresVersion,
  database: string,
  session: Record<string, string>,
): ConnectionResolver {
  const { host, port, user, password } = sharedPostgres(version);
  const files = { ca: undefined, cert: undefined, key: undefined, serverName: undefined };
  return () => ({
    name: database,
    engine: 'postgres',
    host,
    port,
    user,
    password,
    database,
    tls: { mode: 'disable', ...files },
    connectTimeout: 10_000,
    statementTimeout: 0,
    applicationName: 'sluice test',
    session,
    pool: { min: 0, max: 4, idleTimeout: 10_000, healthCheckInterval: 30_000 },
    own: {},
  });
}
