import type pg from 'pg';
import { toPgError } from '../pg-errors.js';
import type { Query } from '../sql-session.js';
import type { SessionPool } from './session-pool.js';

/** One session inside a transaction, or a pool: whatever can run a statement. */
export interface StateSession {
  readonly rows: Query;
}

export interface StateDb extends StateSession {
  /** Commits when `body` returns; everything it did is undone when it throws. */
  transaction<T>(body: (session: StateSession) => Promise<T>): Promise<T>;
}

/** @param subject names the target in errors, e.g. "the target shop" */
export function openStateDb(pool: SessionPool, subject: string): StateDb {
  const guarded = async <T>(body: (client: pg.Client) => Promise<T>): Promise<T> => {
    try {
      return await pool.use(body);
    } catch (error) {
      throw toPgError(error, subject);
    }
  };
  return {
    rows: async <Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) =>
      guarded(async (client) => (await client.query<Row>(sql, [...values])).rows),
    transaction: async (body) => guarded(async (client) => inTransaction(client, body)),
  };
}

/** Run `body` between BEGIN and COMMIT on a session that is in no transaction. */
export async function inTransaction<T>(
  client: pg.ClientBase,
  body: (session: StateSession) => Promise<T>,
): Promise<T> {
  await client.query('begin');
  try {
    const result = await body(sessionOf(client));
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

export function sessionOf(client: pg.ClientBase): StateSession {
  return {
    rows: async <Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) =>
      (await client.query<Row>(sql, [...values])).rows,
  };
}

/** The one row of a statement that always gives one. */
export function onlyRow<Row>(rows: readonly Row[]): Row {
  const row = rows[0];
  if (row === undefined) throw new Error('A statement that always gives one row gave none.');
  return row;
}
