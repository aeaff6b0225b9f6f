import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Scene } from './fixture.js';
import { openScene, resync } from './fixture.js';

const OF_TARGET = `
SELECT t.id, t.name, CASE WHEN t.v > 0x THEN 1 ELSE 0 END AS stamped
  FROM dbo.stamped AS t
 ORDER BY t.id`;

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('native rowversion', { rowversion: 'native' });
  await scene.source.sql(`
CREATE TABLE dbo.stamped (id int NOT NULL PRIMARY KEY, name nvarchar(20) NULL, v rowversion NOT NULL)
GO
INSERT INTO dbo.stamped (id, name) VALUES (1, N'one'), (2, N'two')`);
});
afterAll(async () => scene.close());

it('a rowversion of the target’s own gives out its own values, in a first load and in a merge', async () => {
  await resync(scene, 'dbo.stamped');
  const [column] = await scene.target.sql(
    `SELECT TYPE_NAME(c.system_type_id) AS type FROM sys.columns AS c
      WHERE c.object_id = OBJECT_ID(N'dbo.stamped') AND c.name = N'v'`,
  );
  expect(column).toEqual({ type: 'timestamp' });
  expect(await scene.target.sql(OF_TARGET)).toEqual([
    { id: 1, name: 'one', stamped: 1 },
    { id: 2, name: 'two', stamped: 1 },
  ]);
  await scene.source.sql(`UPDATE dbo.stamped SET name = N'three' WHERE id = 2`);
  expect(await resync(scene, 'dbo.stamped', { load: 'merge' })).toMatchObject({
    counts: { inserted: 0, updated: 1, deleted: 0 },
  });
  expect(await scene.target.sql(OF_TARGET)).toMatchObject([{ name: 'one' }, { name: 'three' }]);
});
