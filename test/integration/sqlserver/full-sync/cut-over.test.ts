import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Scene } from './fixture.js';
import {
  beginCopy,
  contents,
  copyAll,
  copyOne,
  count,
  openScene,
  resync,
  showStage,
} from './fixture.js';

/** Everything that hangs on the live table, by what the catalogue says of it. */
const HANGING = `
SELECT t.object_id AS id,
       (SELECT COUNT(*) FROM sys.foreign_keys AS f WHERE f.referenced_object_id = t.object_id) AS referring,
       (SELECT COUNT(*) FROM sys.triggers AS g WHERE g.parent_id = t.object_id) AS triggers,
       (SELECT COUNT(*) FROM sys.database_permissions AS p
         WHERE p.class = 1 AND p.major_id = t.object_id) AS grants,
       (SELECT COUNT(*) FROM dbo.cheap) AS throughTheView
  FROM sys.tables AS t WHERE t.object_id = OBJECT_ID(N'dbo.goods')`;

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('cut');
  await scene.source.sql(`
CREATE TABLE dbo.goods (
  id int NOT NULL CONSTRAINT goods_pk PRIMARY KEY, code nvarchar(20) NULL, price decimal(10, 2) NULL)
GO
CREATE UNIQUE INDEX goods_code ON dbo.goods (code)
GO
INSERT INTO dbo.goods (id, code, price)
SELECT s.n, CONCAT(N'c', s.n), s.n
  FROM (SELECT ROW_NUMBER() OVER (ORDER BY a.n) AS n
          FROM (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)) AS a (n)
         CROSS JOIN (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)) AS b (n)
         CROSS JOIN (VALUES (1), (2), (3), (4), (5)) AS c (n)) AS s`);
});

afterAll(async () => scene.close());

async function same(table = 'dbo.goods'): Promise<void> {
  expect(await contents(scene.target, table)).toEqual(await contents(scene.source, table));
}

describe('making a stage visible', () => {
  it('moves a new table into its place with the names of its key and indexes', async () => {
    expect(await resync(scene, 'dbo.goods')).toMatchObject({ method: 'swap', done: true });
    await same();
    const indexes = await scene.target.sql(
      `SELECT name FROM sys.indexes WHERE object_id = OBJECT_ID(N'dbo.goods') ORDER BY name`,
    );
    expect(indexes.map((row) => row.name)).toEqual(['goods_code', 'goods_pk']);
    expect(
      await scene.target.sql(`SELECT name FROM sys.schemas WHERE name LIKE N'sluice[_]stage%'`),
    ).toEqual([]);
    const [row] = await scene.state.tables.list('shop');
    expect(row).toMatchObject({ phase: 'streaming', parks: false });
  });

  it('11.3: swaps the rows of a table that was asked for, which stays the same object', async () => {
    await resync(scene, 'dbo.goods');
    await scene.target.sql(`INSERT INTO dbo.goods (id, code, price) VALUES (9001, N'extra', 1)`);
    const id = `SELECT OBJECT_ID(N'dbo.goods') AS id`;
    const before = await scene.target.sql(id);
    expect(await resync(scene, 'dbo.goods', { load: 'swap' })).toMatchObject({
      method: 'swap',
      done: true,
    });
    expect(await scene.target.sql(id)).toEqual(before);
    await same();
  });

  describe('where things hang on the live table', () => {
    beforeAll(async () => {
      await resync(scene, 'dbo.goods');
      await scene.target.sql(`
CREATE VIEW dbo.cheap AS SELECT id, code, price FROM dbo.goods WHERE price < 100
GO
CREATE TABLE dbo.orders (id int NOT NULL PRIMARY KEY, good int NULL REFERENCES dbo.goods (id))
GO
INSERT INTO dbo.orders (id, good) VALUES (1, 17)`);
    });

    it('11.3: merges a live table that keeps its identity and all that hangs on it', async () => {
      await scene.target.sql(`
UPDATE dbo.goods SET price = -1 WHERE id IN (10, 20, 30)
GO
UPDATE dbo.goods SET code = UPPER(code) WHERE id = 60
GO
DELETE FROM dbo.goods WHERE id IN (40, 50)
GO
INSERT INTO dbo.goods (id, code, price) VALUES (9001, N'extra', 1)`);
      const before = await scene.target.sql(HANGING);
      const result = await resync(scene, 'dbo.goods');
      expect(result).toMatchObject({
        method: 'merge',
        done: true,
        counts: { inserted: 2, updated: 4, deleted: 1 },
      });
      const [after] = await scene.target.sql(HANGING);
      expect(after).toMatchObject({ id: before[0]?.id, referring: 1 });
      await same();
    });

    it('merges rows that exchanged their unique values', async () => {
      await scene.source.sql(`
UPDATE dbo.goods SET code = CASE id WHEN 1 THEN N'c2' ELSE N'c1' END WHERE id IN (1, 2)`);
      const result = await resync(scene, 'dbo.goods');
      expect(result.counts).toEqual({ inserted: 0, updated: 2, deleted: 0 });
      await same();
    });

    it('merges once when the merge is repeated after its commit', async () => {
      await scene.source.sql(`UPDATE dbo.goods SET price = 12345 WHERE id = 7`);
      const model = await scene.model('dbo.goods');
      const stage = await beginCopy(scene, model);
      await copyAll(scene, model, stage);
      await scene.fullTarget.freeze(stage, 1_000);
      const first = await scene.fullTarget.merge(stage, { deletes: true });
      const second = await scene.fullTarget.merge(stage, { deletes: true });
      expect([first.updated, second.updated]).toEqual([1, 0]);
      const how = { method: 'none', maxRows: 10, lockTimeoutMs: 1_000 } as const;
      expect(await scene.fullTarget.cutOver(stage, how)).toMatchObject({ done: true });
      expect(await scene.fullTarget.cutOver(stage, how)).toMatchObject({ done: true });
      await scene.fullTarget.dropStage(stage);
    });

    it('11.3: merges where a swap was asked for that the server would refuse, and says why', async () => {
      const goods = { schema: 'dbo', table: 'goods' };
      const choice = await scene.fullTarget.chooseLoad(goods, 'swap');
      expect(choice.method).toBe('merge');
      expect(choice.reason).toContain('foreign key');
    });

    it('8.7: replaces the rows of a table that foreign keys refer to only as they allow', async () => {
      await scene.target.sql('DELETE FROM dbo.orders');
      await scene.source.sql(`UPDATE dbo.goods SET price = 3 WHERE id = 17`);
      expect(await resync(scene, 'dbo.goods', { load: 'truncate' })).toMatchObject({
        method: 'truncate',
        done: true,
      });
      await same();
    });
  });

  it('never shows a stage that misses a chunk', async () => {
    const model = await scene.model('dbo.goods');
    const stage = await beginCopy(scene, model);
    const ranges = await scene.fullSource.planChunks(model, 4 * 1024);
    expect(ranges.length).toBeGreaterThan(1);
    await scene.state.chunks.plan(stage.tableId, stage.epoch, ranges);
    await copyOne(scene, model, stage, 0);
    const busy = { code: 'SERVER_BUSY' };
    const how = { method: 'swap', maxRows: 10, lockTimeoutMs: 1_000 } as const;
    const { fullTarget } = scene;
    await expect(fullTarget.finishStage(model, stage, () => undefined)).rejects.toMatchObject(busy);
    await expect(fullTarget.freeze(stage, 1_000)).rejects.toMatchObject(busy);
    await expect(fullTarget.cutOver(stage, how)).rejects.toMatchObject(busy);
    await fullTarget.dropStage(stage);
  });

  it('waits until the feed has passed what the copy has seen', async () => {
    await scene.source.sql(`
CREATE TABLE dbo.followed (id int NOT NULL PRIMARY KEY, u int NULL UNIQUE)
GO
INSERT INTO dbo.followed (id, u) VALUES (1, 1), (2, 2), (3, 3)`);
    const model = await scene.model('dbo.followed');
    const stage = await beginCopy(scene, model, { lane: '00000000000000000001' });
    const ranges = await scene.fullSource.planChunks(model, 1e6);
    await scene.state.chunks.plan(stage.tableId, stage.epoch, ranges);
    while (await copyOne(scene, model, stage, 0));
    await scene.state.chunks.readUpTo(stage.tableId, stage.epoch, '0000000000000000000a');
    const how = { method: 'swap', maxRows: 10, lockTimeoutMs: 1_000 } as const;
    expect(await scene.fullTarget.cutOver(stage, how)).toMatchObject({ done: false });
    await expect(scene.fullTarget.freeze(stage, 1_000)).rejects.toMatchObject({
      code: 'SERVER_BUSY',
    });
    const [lane] = await scene.state.lanes.list('shop');
    if (lane === undefined) throw new Error('no lane');
    await scene.state.lanes.setPosition(lane.laneId, '0000000000000000000f', 'lineage');
    await scene.fullTarget.finishStage(model, stage, () => undefined);
    expect(await showStage(scene, stage)).toMatchObject({
      method: 'swap',
      done: true,
      position: '0000000000000000000f',
    });
    const row = await scene.state.tables.get(stage.tableId);
    expect(row).toMatchObject({ phase: 'streaming', applies: true, parks: false });
    expect(await count(scene.target, 'dbo.followed')).toBe(3);
  });
});

it.each(['swap', 'merge'])(
  'shows nothing of a copy by %s whose table lost changes meanwhile',
  async (load) => {
    const table = `dbo.lost_by_${load}`;
    await scene.source.sql(`CREATE TABLE ${table} (id int NOT NULL PRIMARY KEY)
GO
INSERT INTO ${table} (id) VALUES (1)`);
    await resync(scene, table);
    await scene.source.sql(`INSERT INTO ${table} (id) VALUES (2)`);
    const model = await scene.model(table);
    const stage = await beginCopy(scene, model);
    await copyAll(scene, model, stage);
    await scene.target.sql(
      `UPDATE sluice.table_state SET fault_code = 'FEED_GAP' WHERE table_id = ${stage.tableId}`,
    );
    await expect(showStage(scene, stage, load)).rejects.toMatchObject({ code: 'STALE_EPOCH' });
    expect(await count(scene.target, table)).toBe(1);
  },
);
