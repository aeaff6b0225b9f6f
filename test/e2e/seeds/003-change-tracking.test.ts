/** The quick start of seed 003: Change Tracking, paused until enabled, forced full re-sync. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SeedScene } from './seed-scene.js';
import { openSeedScene, rowsOf } from './seed-scene.js';

const USERS = 'SELECT id, username, email FROM dbo.[User] ORDER BY id';

function pipeline(enabled: boolean): string {
  return `    tables: { include: ["dbo.*"], settings: { dbo.User: { enabled: ${enabled} } } }
    defaults: { mode: changeTracking, poll: { changeTracking: 200ms } }
`;
}

describe('seed 003', () => {
  let scene: SeedScene;
  const users = (): Promise<readonly unknown[]> => rowsOf(scene.target, USERS);

  beforeAll(async () => {
    scene = await openSeedScene('testct', 'enableChangeTracking: true', pipeline(false));
    await scene.script('003-set-up.sql', 'master');
    await scene.script('003-routines.sql');
    await scene.startWorker();
  });
  afterAll(async () => scene.close());

  test('a table with Change Tracking waits until it is enabled, and then gets its rows', async () => {
    await scene.sluice('start', '--detach');
    await scene.script('003-alice.sql');
    await scene.until('the table is known', async () => {
      const known = await rowsOf(scene.target, 'SELECT slug, enabled FROM sluice.table_state');
      return known.length === 1;
    });
    expect(await users()).toEqual([]);
    scene.configure(pipeline(true));
    await scene.until('alice arrives', async () => (await users()).length === 1);
    expect(await users()).toEqual([{ id: '1', username: 'alice', email: 'alice@example.com' }]);
  });

  test('changes follow', async () => {
    await scene.source.sql(`UPDATE [User] SET email = 'a@example.com' WHERE id = 1`);
    await scene.source.sql(`INSERT INTO [User] (id, username) VALUES (2, 'bob')`);
    await scene.until('both arrive', async () => {
      const [source, target] = [await scene.source.sql(USERS), await users()];
      return JSON.stringify(source) === JSON.stringify(target);
    });
  });

  test('a forced full re-sync replaces what was wrong, in chunks', async () => {
    await scene.script('003-more.sql');
    await scene.target.sql(`UPDATE dbo.[User] SET email = 'wrong' WHERE id = 1`);
    await scene.sluice('resync', 'dbo.User', '--timeout', '4m');
    await scene.until('both sides are equal', async () => {
      const [source, target] = [await scene.source.sql(USERS), await users()];
      return target.length === 12_002 && JSON.stringify(source) === JSON.stringify(target);
    });
  });

  test('the view and the procedure are there, and no trigger', async () => {
    const objects = `SELECT RTRIM(o.type) AS type, o.name FROM sys.objects AS o
      WHERE o.type IN ('V', 'P', 'TR') AND o.schema_id = SCHEMA_ID('dbo') ORDER BY o.name`;
    await scene.until('both follow', async () => (await rowsOf(scene.target, objects)).length > 1);
    expect(await scene.target.sql(objects)).toEqual([
      { type: 'P', name: 'CountUsers' },
      { type: 'V', name: 'Names' },
    ]);
  });
});
