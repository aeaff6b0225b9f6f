/** Tables that the server does not truncate, or from which others read on: their rows are deleted. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLiveTable } from '../../../../src/engines/sqlserver/full-sync/live-table.js';
import { errorNumber } from '../../../conformance/sqlserver/probe.js';
import type { Scene } from './fixture.js';
import { contents, openScene, poolOf, resync } from './fixture.js';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('untruncatable');
  await scene.target.sql(`
ALTER DATABASE CURRENT SET CHANGE_TRACKING = ON
GO
EXEC sys.sp_cdc_enable_db`);
});
afterAll(async () => scene.close());

/** The same table on both sides, with other rows. */
async function make(table: string): Promise<void> {
  const create = `CREATE TABLE dbo.${table} (id int NOT NULL CONSTRAINT ${table}_pk PRIMARY KEY, v int NULL)`;
  await scene.source.sql(`${create}; INSERT INTO dbo.${table} (id, v) VALUES (1, 1), (2, 2)`);
  await scene.target.sql(`${create}; INSERT INTO dbo.${table} (id, v) VALUES (1, 9), (3, 3)`);
}

async function reasonOf(table: string): Promise<string | null> {
  const pool = poolOf(scene.target, 'target', 1);
  try {
    const name = { schema: 'dbo', table };
    return await pool.use(async ({ query }) => (await readLiveTable(query, name)).untruncatable);
  } finally {
    await pool.close();
  }
}

async function replaced(table: string): Promise<void> {
  expect(await resync(scene, `dbo.${table}`, { load: 'truncate' })).toMatchObject({
    method: 'truncate',
    counts: { inserted: 2, deleted: 2 },
  });
  const name = `dbo.${table}`;
  expect(await contents(scene.target, name)).toEqual(await contents(scene.source, name));
}

const refers = (table: string, action = '') =>
  scene.target.sql(`
CREATE TABLE dbo.${table}_child (id int NOT NULL PRIMARY KEY, p int NULL,
  CONSTRAINT ${table}_fk FOREIGN KEY (p) REFERENCES dbo.${table} (id) ${action})
GO
INSERT INTO dbo.${table}_child (id, p) VALUES (1, 1)
GO
ALTER TABLE dbo.${table}_child NOCHECK CONSTRAINT ${table}_fk`);

const CASES = [
  ['referred', 'a foreign key of another table', 4712, () => refers('referred')],
  [
    'captured',
    'Change Data Capture',
    4711,
    () =>
      scene.target.sql(
        `EXEC sys.sp_cdc_enable_table @source_schema = N'dbo', @source_name = N'captured', @role_name = NULL`,
      ),
  ],
  [
    'tracked',
    'Change Tracking',
    undefined,
    () => scene.target.sql('ALTER TABLE dbo.tracked ENABLE CHANGE_TRACKING'),
  ],
] as const;

describe.each(CASES)('the rows of dbo.%s', (table, why, refused, follow) => {
  it('are deleted, as its catalogue says that a truncation is out of place', async () => {
    await make(table);
    expect(await reasonOf(table)).toBeNull();
    await follow();
    expect(await reasonOf(table)).toContain(why);
    if (refused !== undefined) {
      expect(await errorNumber(scene.target.sql(`TRUNCATE TABLE dbo.${table}`))).toBe(refused);
    }
    await replaced(table);
  });
});

it('are seen to go and come by a reader of Change Tracking, who keeps his place', async () => {
  const [min] = await scene.target.sql(
    `SELECT CHANGE_TRACKING_MIN_VALID_VERSION(OBJECT_ID(N'dbo.tracked')) AS v`,
  );
  const changes = await scene.target.sql(
    `SELECT c.id FROM CHANGETABLE(CHANGES dbo.tracked, ${String(min?.v)}) AS c ORDER BY c.id`,
  );
  expect(changes.map(({ id }) => id)).toEqual([1, 2, 3]);
});

describe.each(['CASCADE', 'SET NULL'])('rows to which a key with ON DELETE %s refers', (action) => {
  const table = action === 'CASCADE' ? 'cascades' : 'unsets';
  const children = () => contents(scene.target, `dbo.${table}_child`);

  it('stay, and so do those that refer to them, until the key is taken away or disabled', async () => {
    await make(table);
    await refers(table, `ON DELETE ${action}`);
    await scene.target.sql(`ALTER TABLE dbo.${table}_child CHECK CONSTRAINT ${table}_fk`);
    const before = await contents(scene.target, `dbo.${table}`);
    await expect(resync(scene, `dbo.${table}`, { load: 'truncate' })).rejects.toMatchObject({
      code: 'ROW_REJECTED',
      message: expect.stringContaining(`dbo.${table}_child`) as unknown,
    });
    expect(await contents(scene.target, `dbo.${table}`)).toEqual(before);
    expect(await children()).toEqual([{ id: 1, p: 1 }]);
    await scene.target.sql(`ALTER TABLE dbo.${table}_child NOCHECK CONSTRAINT ${table}_fk`);
    await replaced(table);
    expect(await children()).toEqual([{ id: 1, p: 1 }]);
  });
});
