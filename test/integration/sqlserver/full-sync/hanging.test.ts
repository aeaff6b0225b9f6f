/** spec.md section 3: each way of a load keeps the table and all that hangs on it. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Scene } from './fixture.js';
import { partitionById } from './switched-tables.js';
import { contents, openScene, resync } from './fixture.js';

/** Everything that hangs on the live table, by what the catalogue says of it. */
const HANGING = `
SELECT t.object_id AS id,
       (SELECT COUNT(*) FROM sys.foreign_keys AS f
         WHERE f.referenced_object_id = t.object_id AND f.is_disabled = 0) AS referring,
       (SELECT COUNT(*) FROM sys.triggers AS g
         WHERE g.parent_id = t.object_id AND g.is_disabled = 0) AS triggers,
       (SELECT COUNT(*) FROM sys.database_permissions AS p
         WHERE p.class = 1 AND p.major_id = t.object_id) AS grants,
       (SELECT COUNT(DISTINCT v.object_id) FROM sys.sql_expression_dependencies AS d
          JOIN sys.views AS v ON v.object_id = d.referencing_id
         WHERE d.referenced_id = t.object_id) AS views,
       (SELECT COUNT(*) FROM sys.change_tracking_tables AS c
         WHERE c.object_id = t.object_id) AS tracked
  FROM sys.tables AS t WHERE t.object_id = OBJECT_ID(N'dbo.goods')`;

const TABLE = `
CREATE TABLE dbo.goods (
  id int NOT NULL CONSTRAINT goods_pk PRIMARY KEY CLUSTERED, price decimal(10, 2) NULL)`;

const user = `reader_${randomBytes(4).toString('hex')}`;

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('hanging');
  await scene.source.sql(
    `${TABLE}; INSERT INTO dbo.goods (id, price) VALUES (1, 1), (2, 2), (3, 3)`,
  );
  await scene.target.sql(`
CREATE LOGIN ${user} WITH PASSWORD = N'Pw-${randomBytes(8).toString('hex')}', CHECK_POLICY = OFF;
CREATE USER ${user} FOR LOGIN ${user};
ALTER DATABASE CURRENT SET CHANGE_TRACKING = ON`);
  await partitionById(scene, '2, 3');
});

afterAll(async () => scene.close());

/** The live table with old rows, a view, a right and a trigger. */
async function makeLive(table: string, followed: boolean): Promise<void> {
  await scene.target.sql(`
DROP VIEW IF EXISTS dbo.cheap
GO
DROP TABLE IF EXISTS dbo.orders
GO
DROP TABLE IF EXISTS dbo.goods
GO
${table}
GO
CREATE VIEW dbo.cheap AS SELECT id, price FROM dbo.goods WHERE price < 100
GO
CREATE TRIGGER dbo.note ON dbo.goods AFTER INSERT AS SET NOCOUNT ON
GO
GRANT SELECT ON dbo.goods TO ${user}
GO
INSERT INTO dbo.goods (id, price) VALUES (2, 9), (7, 7)`);
  if (!followed) return;
  await scene.target.sql(`
CREATE TABLE dbo.orders (id int NOT NULL PRIMARY KEY, good int NULL REFERENCES dbo.goods (id))
GO
ALTER TABLE dbo.goods ENABLE CHANGE_TRACKING`);
}

const WAYS = [
  { load: 'merge', table: TABLE, followed: true, method: 'merge' },
  { load: 'truncate', table: TABLE, followed: true, method: 'truncate' },
  { load: 'swap', table: TABLE, followed: false, method: 'swap' },
  // What would forbid the exchange is not taken away for it.
  { load: 'swap', table: TABLE, followed: true, method: 'merge' },
  {
    load: 'partitionSwitch',
    table: `${TABLE} ON by_id (id)`,
    followed: false,
    method: 'partitionSwitch',
  },
  { load: 'partitionSwitch', table: `${TABLE} ON by_id (id)`, followed: true, method: 'merge' },
] as const;

describe.each(WAYS)('load: $load done by $method', ({ load, table, followed, method }) => {
  const also = followed ? ', a foreign key and Change Tracking' : '';

  it(`keeps the table with a view, a right, a trigger${also}`, async () => {
    await makeLive(table, followed);
    const before = await scene.target.sql(HANGING);
    const hangs = followed ? 1 : 0;
    expect(before).toMatchObject([
      { referring: hangs, triggers: 1, grants: 1, views: 1, tracked: hangs },
    ]);
    expect(await resync(scene, 'dbo.goods', { load })).toMatchObject({ method, done: true });
    expect(await scene.target.sql(HANGING)).toEqual(before);
    const rows = await contents(scene.source, 'dbo.goods');
    expect(await contents(scene.target, 'dbo.goods')).toEqual(rows);
    expect(await contents(scene.target, 'dbo.cheap')).toEqual(rows);
  });
});
