/**
 * The SQL Server that is measured against: the one that SLUICE_TEST_SQLSERVER_URL names, otherwise
 * a stand-in, a process of its own.
 */
import { randomBytes } from 'node:crypto';
import mssql from 'mssql';
import { readUrl } from '../../../src/engines/sqlserver/config-url.js';
import { startPostgres } from '../../../src/local/postgres-server.js';
import { startStandIn } from '../../../test/support/sqlserver/start.js';
import type { ServerAddress } from '../connection.js';

export type MsRow = Readonly<Record<string, unknown>>;

export interface BenchSqlServer {
  readonly address: ServerAddress;
  readonly isStandIn: boolean;
  /** For `url:` of a connection. */
  url(database: string): string;
  /** One batch; the rows of its last result set. */
  sql(database: string, batch: string): Promise<MsRow[]>;
  /** An empty one; returns its name. */
  newDatabase(label: string): Promise<string>;
  dropDatabase(name: string): Promise<void>;
  /** Takes the databases along. */
  close(): Promise<void>;
}

export async function openBenchSqlServer(): Promise<BenchSqlServer> {
  const real = process.env.SLUICE_TEST_SQLSERVER_URL;
  if (real !== undefined && real !== '') {
    const { host = '127.0.0.1', port = 1433, user = '', password = '' } = readUrl(real);
    const address = { engine: 'sqlserver' as const, host, port, user, password, tls: true };
    return serverAt(address, () => Promise.resolve());
  }
  const postgres = await startPostgres({ version: '18' });
  const standIn = await startStandIn({ postgresUrl: postgres.url('postgres') });
  const { host, port, user, password } = standIn;
  const address = { engine: 'sqlserver' as const, host, port, user, password, tls: false };
  return serverAt(address, async () => {
    await standIn.stop();
    await postgres.remove();
  });
}

function serverAt(address: ServerAddress, close: () => Promise<void>): BenchSqlServer {
  const { host, port, user, password, tls } = address;
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  const flags = tls ? 'encrypt=true&trustServerCertificate=true' : 'encrypt=disable';
  const pools = new Map<string, mssql.ConnectionPool>();
  const sql = async (database: string, batch: string): Promise<MsRow[]> => {
    const pool = pools.get(database) ?? (await openPool(address, database));
    pools.set(database, pool);
    const { recordset } = await pool.request().batch<MsRow>(batch);
    return recordset ?? [];
  };
  const made = new Set<string>();
  const leave = async (database: string): Promise<void> => {
    await pools.get(database)?.close();
    pools.delete(database);
  };
  const dropDatabase = async (name: string): Promise<void> => {
    await leave(name);
    made.delete(name);
    // The stand-in's go with it.
    if (tls) await sql('master', dropSql(name));
  };
  return {
    address,
    isStandIn: !tls,
    url: (database) => `sqlserver://${login}@${host}:${String(port)}?database=${database}&${flags}`,
    sql,
    newDatabase: async (label) => {
      const name = `sluice_bench_${label}_${randomBytes(4).toString('hex')}`;
      await sql('master', `CREATE DATABASE ${name}`);
      made.add(name);
      return name;
    },
    dropDatabase,
    close: async () => {
      for (const name of made) await dropDatabase(name);
      for (const database of [...pools.keys()]) await leave(database);
      await close();
    },
  };
}

function dropSql(name: string): string {
  return `ALTER DATABASE ${name} SET SINGLE_USER WITH ROLLBACK IMMEDIATE;
DROP DATABASE ${name};`;
}

async function openPool(
  { host, port, user, password, tls }: ServerAddress,
  database: string,
): Promise<mssql.ConnectionPool> {
  const pool = new mssql.ConnectionPool({
    ...{ server: host, port, user, password, database },
    requestTimeout: 3_600_000,
    pool: { min: 0, max: 1 },
    options: { encrypt: tls, trustServerCertificate: true },
  });
  pool.on('error', () => undefined);
  return pool.connect();
}
