import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import type {
  LocalPostgres,
  PostgresOptions,
  PostgresVersion,
} from '../../src/local/postgres-server.js';
import { startPostgres } from '../../src/local/postgres-server.js';
import type { ProvidedPostgres } from './provided.js';
import { waitFor } from './wait-for.js';

export interface SharedPostgres extends ProvidedPostgres {
  /** A connection string of the superuser. */
  url(database: string): string;
}

export interface TestDatabase {
  readonly name: string;
  readonly url: string;
  /** One statement on a connection of its own; returns the rows. */
  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(
    sql: string,
    values?: readonly unknown[],
  ): Promise<Row[]>;
  /** A session that `drop` closes. */
  connect(): Promise<pg.Client>;
  /** Drops the database with its sessions and replication slots; idempotent. */
  drop(): Promise<void>;
}

/** The server that the whole test run shares; never stop it, never change its settings. */
export function sharedPostgres(version: PostgresVersion): SharedPostgres {
  const provided = inject('postgres')[version];
  if (provided === null) {
    throw new Error(
      `There is no PostgreSQL ${version} here: describeEachPostgres and is14Missing skip its tests.`,
    );
  }
  const login = `${provided.user}:${encodeURIComponent(provided.password)}`;
  const base = `postgres://${login}@${provided.host}:${String(provided.port)}`;
  return { ...provided, url: (database) => `${base}/${encodeURIComponent(database)}` };
}

/**
 * A new, empty database with a unique name; the caller drops it in its afterAll or afterEach.
 *
 * @param options of CREATE DATABASE
 */
export async function createDatabase(
  server: { url(database: string): string },
  label: string,
  options = '',
): Promise<TestDatabase> {
  const slug = label.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_');
  const name = `t_${slug.slice(0, 40)}_${randomBytes(4).toString('hex')}`;
  const admin = server.url('postgres');
  await once(admin, `CREATE DATABASE "${name}" ${options}`);
  const url = server.url(name);
  const sessions: pg.Client[] = [];
  return {
    name,
    url,
    query: async <Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) =>
      once<Row>(url, sql, values),
    connect: async () => {
      const client = await open(url);
      sessions.push(client);
      return client;
    },
    drop: async () => {
      await Promise.all(sessions.splice(0).map(async (client) => client.end()));
      await dropSlots(admin, name);
      await once(admin, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
    },
  };
}

/**
 * A server whose log and whose running transactions are the test's alone, without waiting for the
 * disk: its data is worth nothing after the test, which removes it.
 */
export async function ownServer(version: PostgresVersion): Promise<LocalPostgres> {
  return startPostgres({ version, settings: { fsync: 'off', full_page_writes: 'off' } });
}

/** Runs `body` with a server of its own, which it may kill, restart or reconfigure. */
export async function withServer<T>(
  options: PostgresOptions,
  body: (server: LocalPostgres) => Promise<T>,
): Promise<T> {
  const server = await startPostgres(options);
  try {
    return await body(server);
  } finally {
    await server.remove();
  }
}

async function dropSlots(admin: string, database: string): Promise<void> {
  await waitFor(`the replication slots of ${database} are dropped`, async () => {
    await once(
      admin,
      `SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots
        WHERE database = $1 AND active_pid IS NOT NULL`,
      [database],
    );
    await once(
      admin,
      `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
        WHERE database = $1 AND active_pid IS NULL`,
      [database],
    );
    const left = await once(admin, `SELECT 1 FROM pg_replication_slots WHERE database = $1`, [
      database,
    ]);
    return left.length === 0;
  });
}

async function once<Row extends pg.QueryResultRow>(
  url: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = await open(url);
  try {
    return (await client.query<Row>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}

async function open(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  // A session that a test ends on purpose (kill, restart, drop) is not an error of the test.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
