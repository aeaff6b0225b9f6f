import { afterEach, describe, expect, it } from 'vitest';
import { connectMs } from '../../../../src/engines/sqlserver/connect.js';
import { openSessionPool } from '../../../../src/engines/sqlserver/session-pool.js';
import { openState } from '../../../../src/engines/sqlserver/state/open-state.js';
import { openSqlServer } from '../../../support/sqlserver/server.js';
import { connectionTo } from '../target-scene.js';

describe('migrating the state schema on SQL Server', () => {
  const cleanUps: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  });

  async function open() {
    const server = await openSqlServer('target');
    cleanUps.push(async () => server.close());
    const database = await server.createDatabase('migrate');
    cleanUps.push(async () => database.drop());
    const connection = connectionTo(server, database.name);
    const pool = openSessionPool(async () => connectMs(connection, 'state'), 4);
    cleanUps.push(async () => pool.close());
    return { database, state: openState(pool, 'the target') };
  }

  it('makes the schema once when workers start together', async () => {
    const { state } = await open();
    const results = await Promise.all([state.migrate(), state.migrate(), state.migrate()]);
    expect(results.map((result) => result.to)).toEqual([1, 1, 1]);
    expect(results.filter((result) => result.from === 0)).toHaveLength(1);
    expect(await state.migrate()).toEqual({ from: 1, to: 1 });
  });

  it('gives a script that a DBA can run, after which nothing is missing', async () => {
    const { database, state } = await open();
    const script = await state.script(0);
    await database.session(async (sql) => {
      for (const batch of script.split(/^GO$/mu)) await sql(batch);
    });
    expect(await state.migrate()).toEqual({ from: 1, to: 1 });
    expect(await state.tables.list('p')).toEqual([]);
  });

  it('refuses a newer breaking schema and accepts a newer compatible one', async () => {
    const { database, state } = await open();
    await state.migrate();
    await database.sql('insert into sluice.migration (version, breaking) values (7, 0)');
    expect(await state.migrate()).toEqual({ from: 7, to: 7 });
    await database.sql('insert into sluice.migration (version, breaking) values (8, 1)');
    await expect(state.migrate()).rejects.toMatchObject({ code: 'STATE_TOO_NEW' });
  });
});
