import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Scene } from './fixture.js';
import { beginCopy, contents, copyAll, copyOne, count, openScene, showStage } from './fixture.js';

const ROWS = 5_000;

/** n from 1 on, without a loop. */
const NUMBERS = `
SELECT TOP (${ROWS}) ROW_NUMBER() OVER (ORDER BY a.n) AS n
  FROM (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)) AS a (n)
 CROSS JOIN (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)) AS b (n)
 CROSS JOIN (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)) AS c (n)
 CROSS JOIN (VALUES (1), (2), (3), (4), (5)) AS d (n)`;

const ALL = { relation: '[dbo].[items]', from: null, to: null };

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('copy');
  await scene.source.sql(`
CREATE TABLE dbo.items (
  id bigint IDENTITY(5, 3) NOT NULL CONSTRAINT items_pk PRIMARY KEY,
  name nvarchar(100) NOT NULL, price decimal(19, 4) NULL, at datetime2(7) NULL, flag bit NULL,
  doubled AS (id * 2))
GO
INSERT INTO dbo.items (name, price, at, flag)
SELECT CONCAT(N'item ', s.n), CONVERT(decimal(19, 4), s.n) / 7, '2026-01-01 10:11:12.1234567',
       CASE WHEN s.n % 3 = 0 THEN NULL ELSE s.n % 2 END
  FROM (${NUMBERS}) AS s
GO
CREATE TABLE dbo.pairs (
  region varchar(10) NOT NULL, n int NOT NULL, note nvarchar(20) NULL,
  CONSTRAINT pairs_pk PRIMARY KEY (region, n))
GO
INSERT INTO dbo.pairs (region, n, note)
SELECT CASE s.n % 4 WHEN 0 THEN 'north' WHEN 1 THEN 'South' WHEN 2 THEN 'east' ELSE 'West' END, s.n, N'x'
  FROM (${NUMBERS}) AS s`);
});

afterAll(async () => scene.close());

describe('copying in chunks', () => {
  it('copies every row once with two lanes, and the ledger counts them', async () => {
    const model = await scene.model('dbo.items');
    const stage = await beginCopy(scene, model);
    await copyAll(scene, model, stage);
    const progress = await scene.state.chunks.progress(stage.tableId, stage.epoch);
    expect(progress.total).toBeGreaterThan(2);
    expect(progress).toMatchObject({ done: progress.total, rows: ROWS });
    expect((await scene.state.tables.get(stage.tableId))?.rowsCopied).toBe(ROWS);
    await showStage(scene, stage);
    expect(await contents(scene.target, 'dbo.items')).toEqual(
      await contents(scene.source, 'dbo.items'),
    );
  });

  it.each([
    // Bytes decide where rows are not said, and where more rows would be more bytes.
    { bytes: 1e9, rows: undefined, chunks: 1 },
    { bytes: 1e9, rows: 1_000, chunks: 5 },
    { bytes: 1e9, rows: 4_999, chunks: 2 },
    { bytes: 1, rows: 2_000, chunks: 50 },
    { bytes: 1e9, rows: 1, chunks: ROWS },
  ])('11.1: cuts $bytes bytes, $rows rows into $chunks chunks', async ({ bytes, rows, chunks }) => {
    const model = await scene.model('dbo.items');
    const ranges = await scene.fullSource.planChunks(model, bytes, rows);
    expect(ranges).toHaveLength(chunks);
    expect(ranges[0]?.from).toBeNull();
    expect(ranges.at(-1)?.to).toBeNull();
  });

  it('11.1: cuts by a composite key without losing or repeating a row', async () => {
    const model = await scene.model('dbo.pairs');
    const stage = await beginCopy(scene, model);
    await copyAll(scene, model, stage, { chunkBytes: 16 * 1024, lanes: 3 });
    const progress = await scene.state.chunks.progress(stage.tableId, stage.epoch);
    expect(progress.total).toBeGreaterThan(4);
    expect(progress.rows).toBe(ROWS);
    await showStage(scene, stage);
    expect(await contents(scene.target, 'dbo.pairs', 'region, n')).toEqual(
      await contents(scene.source, 'dbo.pairs', 'region, n'),
    );
  });

  it('refuses a chunk that someone else has claimed since', async () => {
    const model = await scene.model('dbo.items');
    const stage = await beginCopy(scene, model);
    await scene.state.chunks.plan(stage.tableId, stage.epoch, [ALL]);
    const first = await scene.state.chunks.claim(stage.tableId, stage.epoch, 0, 8);
    const second = await scene.state.chunks.claim(stage.tableId, stage.epoch, 0, 8);
    if (first === null || second === null) throw new Error('no chunk');
    const late = await scene.fullSource.readChunk(model, first, 'sqlserver');
    await expect(scene.fullTarget.loadChunk(stage, first, late)).rejects.toMatchObject({
      code: 'FENCED_OUT',
    });
    await late.close();
    const good = await scene.fullSource.readChunk(model, second, 'sqlserver');
    expect(await scene.fullTarget.loadChunk(stage, second, good)).toMatchObject({ rows: ROWS });
    await good.close();
  });

  it('refuses a chunk of an epoch that was overtaken', async () => {
    const model = await scene.model('dbo.items');
    const stage = await beginCopy(scene, model);
    await scene.state.chunks.plan(stage.tableId, stage.epoch, [ALL]);
    await scene.state.tables.claim(stage.tableId);
    await expect(copyOne(scene, model, stage, 0)).rejects.toMatchObject({ code: 'STALE_EPOCH' });
  });

  it('gives the session back when a chunk is left unread', async () => {
    const model = await scene.model('dbo.items');
    for (let n = 0; n < 6; n += 1) {
      const stream = await scene.fullSource.readChunk(model, ALL, 'sqlserver');
      await stream.close();
    }
  });

  it.each([
    ['cdc', 'EXEC sys.sp_cdc_enable_db', '0'.repeat(20), 'f'.repeat(20)],
    [
      'changeTracking',
      'ALTER DATABASE CURRENT SET CHANGE_TRACKING = ON (CHANGE_RETENTION = 2 DAYS)',
      '0'.repeat(20),
      '9'.repeat(20),
    ],
  ] as const)(
    '11.6: waits for a server that shows less than %s has told of',
    async (kind, enable, reached, ahead) => {
      await scene.source.sql(enable);
      const model = await scene.model('dbo.items');
      const read = async (position: string) =>
        scene.fullSource.readChunk(model, ALL, 'sqlserver', { kind, position });
      await expect(read(ahead)).rejects.toMatchObject({ code: 'SERVER_BUSY' });
      const stream = await read(reached);
      await stream.close();
    },
  );

  it('notices a table that was made anew, and a column that is gone', async () => {
    await scene.source.sql(`
CREATE TABLE dbo.moved (id int NOT NULL PRIMARY KEY, a int NULL)
GO
INSERT INTO dbo.moved (id, a) VALUES (1, 1), (2, 2)`);
    const model = await scene.model('dbo.moved');
    const range = { relation: '[dbo].[moved]', from: null, to: null };
    await scene.source.sql('ALTER TABLE dbo.moved DROP COLUMN a');
    const stream = await scene.fullSource.readChunk(model, range, 'sqlserver');
    await expect(stream.bytes.toArray()).rejects.toMatchObject({ code: 'FEED_CHANGED' });
    await stream.close();
    const again = await scene.model('dbo.moved');
    await scene.source.sql('DROP TABLE dbo.moved');
    await expect(scene.fullSource.readChunk(again, range, 'sqlserver')).rejects.toMatchObject({
      code: 'FEED_CHANGED',
    });
  });

  it('keeps what a stage of the same epoch holds when its creation is repeated', async () => {
    const model = await scene.model('dbo.items');
    const stage = await beginCopy(scene, model);
    await copyAll(scene, model, stage);
    await scene.fullTarget.createStage(model, stage);
    const staged = `[sluice_stage_${stage.tableId}].[items]`;
    expect(await count(scene.target, staged)).toBe(ROWS);
    const next = await beginCopy(scene, model);
    expect(await count(scene.target, staged)).toBe(0);
    await scene.fullTarget.dropStage(next);
    const left = await scene.target.sql(`
SELECT name FROM sys.schemas WHERE name LIKE N'sluice[_]stage%'
UNION ALL
SELECT object FROM sluice.owned WHERE kind = N'stage'`);
    expect(left.filter((row) => String(row.name).endsWith(`_${stage.tableId}`))).toEqual([]);
  });

  it('copies every chunk again into a stage that somebody dropped within an epoch', async () => {
    const model = await scene.model('dbo.items');
    const stage = await beginCopy(scene, model);
    await copyAll(scene, model, stage);
    await scene.fullTarget.dropStage(stage);
    await scene.fullTarget.createStage(model, stage);
    const progress = await scene.state.chunks.progress(stage.tableId, stage.epoch);
    expect(progress).toMatchObject({ done: 0, rows: 0 });
    expect((await scene.state.tables.get(stage.tableId))?.rowsCopied).toBe(0);
    await copyAll(scene, model, stage);
    expect(await count(scene.target, `[sluice_stage_${stage.tableId}].[items]`)).toBe(ROWS);
  });
});
