import { randomBytes } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { connectPg } from '../../../../src/engines/postgres/connect.js';
import { openState } from '../../../../src/engines/postgres/state/open-state.js';
import { openSessionPool } from '../../../../src/engines/postgres/state/session-pool.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import type { TestDatabase } from '../../../support/postgres.js';
import { createDatabase, sharedPostgres } from '../../../support/postgres.js';
import { connectionTo } from '../protocol/support.js';

describeEachPostgres('migrating the state schema on PostgreSQL %s', (version) => {
  const cleanUps: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  });

  async function open(login?: { user: string; password: string }, into?: TestDatabase) {
    const server = sharedPostgres(version);
    const database = into ?? (await createDatabase(server, `migrate ${version}`));
    if (into === undefined) cleanUps.push(async () => database.drop());
    const connection = connectionTo(server, {
      database: database.name,
      ...(login === undefined ? {} : { user: login.user, password: () => login.password }),
    });
    const pool = openSessionPool(async () => connectPg(connection, 'state'), 4);
    cleanUps.push(async () => pool.close());
    return { database, state: openState(pool, 'the target') };
  }

  async function openMinimal(database: TestDatabase) {
    const user = `minimal_${randomBytes(4).toString('hex')}`;
    await database.query(`create role ${user} login password 'p'`);
    cleanUps.push(async () => {
      await database.query(`drop owned by ${user}; drop role ${user}`);
    });
    return { user, ...(await open({ user, password: 'p' }, database)) };
  }

  it('makes the schema once when workers start together', async () => {
    const { state } = await open();
    const results = await Promise.all([state.migrate(), state.migrate(), state.migrate()]);
    expect(results.map((result) => result.to)).toEqual([1, 1, 1]);
    expect(results.filter((result) => result.from === 0)).toHaveLength(1);
    expect(await state.migrate()).toEqual({ from: 1, to: 1 });
  });

  it('gives a script that a DBA can run, after which the worker needs no DDL right', async () => {
    const { database, state } = await open();
    const minimal = await openMinimal(database);
    await expect(minimal.state.migrate()).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      remedy: expect.stringContaining('sluice state init --print') as string,
    });
    await database.query(await state.script(0));
    await database.query(`grant usage on schema sluice to ${minimal.user};
      grant select, insert, update, delete on all tables in schema sluice to ${minimal.user}`);
    expect(await minimal.state.migrate()).toEqual({ from: 1, to: 1 });
    expect(await minimal.state.tables.list('p')).toEqual([]);
  });

  it('refuses a newer breaking schema and accepts a newer compatible one', async () => {
    const { database, state } = await open();
    await state.migrate();
    await database.query('insert into sluice.migration (version, breaking) values (7, false)');
    expect(await state.migrate()).toEqual({ from: 7, to: 7 });
    await database.query('insert into sluice.migration (version, breaking) values (8, true)');
    await expect(state.migrate()).rejects.toMatchObject({ code: 'STATE_TOO_NEW' });
  });
});
