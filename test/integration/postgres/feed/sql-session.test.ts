import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SqlSession } from '../../../../src/engines/postgres/sql-session.js';
import type { TestDatabase } from '../../../support/postgres.js';
import { createDatabase, sharedPostgres } from '../../../support/postgres.js';
import { waitFor } from '../../../support/wait-for.js';
import { connectionTo } from './feed-fixture.js';

describe('a session', () => {
  let db: TestDatabase;
  let session: SqlSession;

  beforeAll(async () => {
    const server = sharedPostgres('18');
    db = await createDatabase(server, 'session');
    session = new SqlSession(connectionTo(server, db.name), 'source');
  });

  afterAll(async () => {
    await session.close();
    await db.drop();
  });

  it('ends the statement that runs when it is cancelled, and goes on', async () => {
    const sleeping = session.query('SELECT pg_sleep(600)');
    const failed = expect(sleeping).rejects.toMatchObject({ code: 'SERVER_BUSY' });
    const active = `SELECT 1 FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event = 'PgSleep'`;
    await waitFor('the statement runs', async () => (await db.query(active)).length === 1);
    await session.cancel();
    await failed;
    expect(await session.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('opens itself again after its connection was ended', async () => {
    const [row] = await session.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await db.query('SELECT pg_terminate_backend($1)', [row?.pid]);
    const again = await waitFor('it has a new session', async () => {
      return session.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    });
    expect(again[0]?.pid).not.toBe(row?.pid);
  });

  it('rolls back when the work in a transaction throws', async () => {
    const work = session.transaction(async (query) => {
      await query('CREATE TABLE public.t (id int)');
      throw new RangeError('no');
    });
    await expect(work).rejects.toThrow(RangeError);
    expect(await db.query("SELECT 1 FROM pg_class WHERE relname = 't'")).toEqual([]);
  });
});
