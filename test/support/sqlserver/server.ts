/**
 * A SQL Server for tests: the one that SLUICE_TEST_SQLSERVER_URL names (for a target
 * SLUICE_TEST_SQLSERVER_TARGET_URL, else the same), otherwise a stand-in of the caller's own.
 */
import { randomBytes } from 'node:crypto';
import mssql from 'mssql';
import { inject } from 'vitest';
import { readUrl } from '../../../src/engines/sqlserver/config-url.js';
import { sharedPostgres } from '../postgres.js';
import { startStandIn, type StandIn } from './start.js';

export type MsRow = Readonly<Record<string, unknown>>;

export interface TestMsServer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Null: a real server. */
  readonly standIn: StandIn | null;
  /** An address for `url:` of a connection, in the clear or with any certificate. */
  url(database: string): string;
  createDatabase(label: string): Promise<TestMsDatabase>;
  /** Ends a stand-in; a real server stays. */
  close(): Promise<void>;
}

export interface TestMsDatabase {
  readonly name: string;
  readonly url: string;
  readonly server: TestMsServer;
  /** A script of batches, parted by lines that are only GO; the rows of its last result set. */
  sql(script: string): Promise<MsRow[]>;
  /** Several batches on one session: what one sets the others see. */
  session<T>(work: (sql: (batch: string) => Promise<MsRow[]>) => Promise<T>): Promise<T>;
  drop(): Promise<void>;
}

export async function openSqlServer(role: 'source' | 'target' = 'source'): Promise<TestMsServer> {
  const { SLUICE_TEST_SQLSERVER_URL: real, SLUICE_TEST_SQLSERVER_TARGET_URL: other } = process.env;
  const url = (role === 'target' ? other : undefined) ?? real;
  if (url !== undefined && url !== '') return serverAt(realServer(url), null);
  const { host, port, user, password } = sharedPostgres('18');
  const postgresUrl = `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/postgres`;
  const standIn = await startStandIn({ postgresUrl, program: inject('standIn') });
  return serverAt(standIn, standIn);
}

type Address = Pick<TestMsServer, 'host' | 'port' | 'user' | 'password'>;

function realServer(url: string): Address {
  const { host = '127.0.0.1', port = 1433, user = '', password = '' } = readUrl(url);
  return { host, port, user, password };
}

function serverAt(address: Address, standIn: StandIn | null): TestMsServer {
  const { host, port, user, password } = address;
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  const tls = standIn === null ? 'encrypt=true&trustServerCertificate=true' : 'encrypt=disable';
  const server: TestMsServer = {
    host,
    port,
    user,
    password,
    standIn,
    url: (database) =>
      `sqlserver://${login}@${host}:${String(port)}?database=${encodeURIComponent(database)}&${tls}`,
    createDatabase: async (label) => {
      const name = `${label} ${randomBytes(4).toString('hex')}`;
      await onSession(server, 'master', (sql) => sql(`CREATE DATABASE ${quoted(name)}`));
      return databaseOf(server, name);
    },
    close: async () => standIn?.stop(),
  };
  return server;
}

/** A database that is there already, or will be. */
export function databaseOf(server: TestMsServer, name: string): TestMsDatabase {
  return {
    name,
    url: server.url(name),
    server,
    sql: (script) =>
      onSession(server, name, async (sql) => {
        let rows: MsRow[] = [];
        for (const batch of batchesOf(script)) rows = await sql(batch);
        return rows;
      }),
    session: (work) => onSession(server, name, work),
    drop: async () => {
      // The stand-in's go with it.
      if (server.standIn !== null) return;
      const database = quoted(name);
      await onSession(server, 'master', async (sql) => {
        await sql(`ALTER DATABASE ${database} SET SINGLE_USER WITH ROLLBACK IMMEDIATE`);
        await sql(`DROP DATABASE ${database}`);
      });
    },
  };
}

function batchesOf(script: string): string[] {
  return script.split(/^\s*GO\s*$/im).filter((batch) => batch.trim() !== '');
}

async function onSession<T>(
  server: TestMsServer,
  database: string,
  work: (sql: (batch: string) => Promise<MsRow[]>) => Promise<T>,
): Promise<T> {
  const pool = new mssql.ConnectionPool({
    server: server.host,
    port: server.port,
    user: server.user,
    password: server.password,
    database,
    requestTimeout: 120_000,
    // A session that waits for long must not become another one.
    pool: { min: 0, max: 1, idleTimeoutMillis: 600_000 },
    options: { encrypt: server.standIn === null, trustServerCertificate: true },
  });
  pool.on('error', () => undefined);
  await pool.connect();
  try {
    return await work(async (batch) => {
      const { recordset } = await pool.request().batch<MsRow>(batch);
      return recordset ?? [];
    });
  } finally {
    await pool.close();
  }
}

function quoted(name: string): string {
  return `[${name.replaceAll(']', ']]')}]`;
}
