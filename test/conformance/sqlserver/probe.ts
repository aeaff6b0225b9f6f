/** Asks a server how it behaves: the one that SLUICE_TEST_SQLSERVER_URL names, else a stand-in. */
import mssql from 'mssql';
import { afterAll, beforeAll } from 'vitest';
import { z } from 'zod';
import type { MsRow, TestMsDatabase, TestMsServer } from '../../support/sqlserver/server.js';
import { openSqlServer } from '../../support/sqlserver/server.js';

export type Sql = (batch: string) => Promise<MsRow[]>;

export interface Probe {
  database(): TestMsDatabase;
  /** Batches on a session of their own; the rows of the last result set. */
  session<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** A connection of the driver's own, for bulk loads. */
  pool<T>(work: (pool: mssql.ConnectionPool) => Promise<T>): Promise<T>;
  /** The value of an expression. */
  value(expression: string): Promise<unknown>;
  /** Several expressions at once. */
  values(...expressions: readonly string[]): Promise<unknown[]>;
}

const failure = z.object({ number: z.number() });

/** A database of the test file's own. */
export function probe(label: string): Probe {
  let server: TestMsServer;
  let database: TestMsDatabase;
  beforeAll(async () => {
    server = await openSqlServer();
    database = await server.createDatabase(`conformance ${label}`);
  });
  afterAll(async () => {
    await database.drop();
    await server.close();
  });
  const values = async (...expressions: readonly string[]): Promise<unknown[]> => {
    const items = expressions.map((expression, at) => `${expression} AS v${String(at)}`);
    const [row = {}] = await database.sql(`SELECT ${items.join(', ')}`);
    return expressions.map((_, at) => row[`v${String(at)}`]);
  };
  return {
    database: () => database,
    session: async (work) => database.session(work),
    pool: async (work) => {
      const { host, port, user, password, standIn } = server;
      const options = { encrypt: standIn === null, trustServerCertificate: true };
      const address = { server: host, port, user, password, database: database.name };
      const pool = await new mssql.ConnectionPool({ ...address, options }).connect();
      try {
        return await work(pool);
      } finally {
        await pool.close();
      }
    },
    values,
    value: async (expression) => (await values(expression))[0],
  };
}

/** The number of the error that it ends with; undefined where there is none. */
export async function errorNumber(work: Promise<unknown>): Promise<number | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return failure.parse(error).number;
  }
}

export function column(rows: readonly MsRow[], name: string): unknown[] {
  return rows.map((row) => row[name]);
}
