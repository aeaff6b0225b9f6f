/** The quick start of seed 003: Change Tracking, paused until enabled, forced full re-sync. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { IN_TIME } from '../cli/run-cli.js';
import type { SeedScene } from './seed-scene.js';
import { openSeedScene, rowsOf } from './seed-scene.js';

const USERS = 'SELECT id, username, email FROM dbo.[User] ORDER BY id';

const PIPELINE = `    tables: { include: [] }
    defaults: { mode: changeTracking, poll: { changeTracking: 200ms } }
`;

describe('seed 003', () => {
  let scene: SeedScene;
  const users = (): Promise<readonly unknown[]> => rowsOf(scene.target, USERS);

  beforeAll(async () => {
    scene = await openSeedScene('testct', 'enableChangeTracking: true', PIPELINE);
    await scene.script('003-set-up.sql', 'master');
    await scene.script('003-routines.sql');
    await scene.startWorker();
  });
  afterAll(async () => scene.close());

  test('a table with Change Tracking shows up paused, until it is enabled by command', async () => {
    await scene.sluice('start', '--detach');
    await scene.script('003-alice.sql');
    await scene.until('the table is known', async () => {
      const known = await rowsOf(scene.target, 'SELECT enabled, wanted FROM sluice.table_state');
      return JSON.stringify(known) === JSON.stringify([{ enabled: false, wanted: 'pause' }]);
    });
    expect(await users()).toEqual([]);
    expect(await scene.sluice('tables', '--discovered')).toMatch(/dbo\.User +paused/);
    expect(await scene.sluice('status')).toContain('sluice enable dbo.User');
    await scene.sluice('enable', 'dbo.User', ...IN_TIME);
    expect(await users()).toEqual([{ id: '1', username: 'alice', email: 'alice@example.com' }]);
  });

  test('a later one by one UPDATE in the schema sluice', async () => {
    await scene.source.sql(`
      CREATE TABLE Product (id BIGINT PRIMARY KEY, name VARCHAR(100));
      ALTER TABLE Product ENABLE CHANGE_TRACKING WITH (TRACK_COLUMNS_UPDATED = ON);
      INSERT INTO Product (id, name) VALUES (1, 'nail');`);
    const product = `FROM sluice.table_state WHERE source_table = 'Product'`;
    await scene.until('it is known', async () => {
      return (await rowsOf(scene.target, `SELECT slug ${product}`)).length === 1;
    });
    await scene.target.sql(
      `UPDATE sluice.table_state SET wanted = 'run' WHERE source_table = 'Product'`,
    );
    await scene.until('its row arrives', async () => {
      return (await rowsOf(scene.target, 'SELECT name FROM dbo.Product')).length === 1;
    });
  });

  test('changes follow', async () => {
    await scene.source.sql(`UPDATE [User] SET email = 'a@example.com' WHERE id = 1`);
    await scene.source.sql(`INSERT INTO [User] (id, username) VALUES (2, 'bob')`);
    await scene.until('both arrive', async () => {
      const [source, target] = [await scene.source.sql(USERS), await users()];
      return JSON.stringify(source) === JSON.stringify(target);
    });
  });

  test('the flag of one table forces a full load of that one', async () => {
    const product = "WHERE source_table = 'Product'";
    await scene.target.sql(`INSERT INTO dbo.Product (id, name) VALUES (9, 'left over');
      UPDATE sluice.table_state SET force_full_load = 1 ${product}`);
    await scene.until('the row goes, and the flag', async () => {
      const rows = await rowsOf(scene.target, 'SELECT name FROM dbo.Product');
      const forced = `SELECT slug FROM sluice.table_state ${product} AND force_full_load = 1`;
      return rows.length === 1 && (await rowsOf(scene.target, forced)).length === 0;
    });
  });

  test('a forced full re-sync replaces what was wrong, in chunks', async () => {
    await scene.script('003-more.sql');
    await scene.target.sql(`UPDATE dbo.[User] SET email = 'wrong' WHERE id = 1`);
    await scene.target.sql(
      `UPDATE sluice.table_state SET force_full_load = 1 WHERE source_table = 'User'`,
    );
    await scene.until('both sides are equal', async () => {
      const [source, target] = [await scene.source.sql(USERS), await users()];
      return target.length === 12_002 && JSON.stringify(source) === JSON.stringify(target);
    });
    await scene.until('the flag has cleared itself', async () => {
      const forced = 'SELECT slug FROM sluice.table_state WHERE force_full_load = 1';
      return (await rowsOf(scene.target, forced)).length === 0;
    });
  });

  test('views, procedures and functions follow what becomes of them, and no trigger', async () => {
    const objects = `SELECT RTRIM(o.type) AS type, o.name FROM sys.objects AS o
      WHERE o.type IN ('V', 'P', 'FN', 'IF', 'TF', 'TR') AND o.schema_id = SCHEMA_ID('dbo')
      ORDER BY o.name`;
    const names = async () =>
      (await rowsOf(scene.target, objects))
        .map(({ type, name }) => `${String(type)} ${String(name)}`)
        .join();
    const first = 'P CountUsers,FN Doubled,V Names,IF Named,TF Listed';
    const sorted = (list: string) => list.split(',').sort().join();
    await scene.until('all follow', async () => sorted(await names()) === sorted(first));
    await scene.script('003-routines-changed.sql');
    await scene.until('those that changed and went follow', async () => {
      return sorted(await names()) === sorted('FN Doubled,V Names,IF Named,V Mails');
    });
    await scene.until('the view has its new text', async () => {
      const [row] = await rowsOf(scene.target, 'SELECT email FROM dbo.Names WHERE id = 2');
      return row?.email === null;
    });
    await scene.until('so has the function', async () => {
      const [row] = await rowsOf(
        scene.target,
        `SELECT definition FROM sys.sql_modules WHERE object_id = OBJECT_ID('dbo.Doubled')`,
      );
      return String(row?.definition).includes('@n * 3');
    });
  });
});
