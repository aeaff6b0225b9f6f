import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chunkKey } from '../../../../src/engines/sqlserver/full-sync/chunk-key.js';
import { beginCopy, copyAll, count, openScene, showStage } from './fixture.js';
import type { Scene } from './fixture.js';

/** Small enough that a table of a thousand rows has several chunks. */
const CHUNK_BYTES = 4_000;
const THOUSAND = `
SELECT ROW_NUMBER() OVER (ORDER BY a.n) AS n
  FROM (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)) AS a (n)
 CROSS JOIN (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)) AS b (n)
 CROSS JOIN (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)) AS c (n)`;

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('borders');
  await scene.source.sql(`
CREATE TABLE dbo.heap (n int NOT NULL, v nvarchar(20) NULL);
CREATE TABLE dbo.loose (id int NOT NULL, grp int NULL, v nvarchar(20) NULL);
CREATE CLUSTERED INDEX ix_loose ON dbo.loose (grp);
CREATE TABLE dbo.both (
  a int NOT NULL CONSTRAINT pk_both PRIMARY KEY NONCLUSTERED, b int NOT NULL);
CREATE UNIQUE CLUSTERED INDEX ix_both ON dbo.both (b);
GO
INSERT INTO dbo.heap (n, v) SELECT s.n % 7, N'h' FROM (${THOUSAND}) AS s;
INSERT INTO dbo.loose (id, grp, v)
SELECT s.n, CASE WHEN s.n % 5 = 0 THEN NULL WHEN s.n < 400 THEN 7 ELSE s.n / 3 END, N'l'
  FROM (${THOUSAND}) AS s;`);
});

afterAll(async () => scene.close());

describe('where a copy is cut', () => {
  it('11.1: by the clustered unique key first', async () => {
    const key = chunkKey(await scene.model('dbo.both'));
    expect(key?.columns.map(({ name }) => name)).toEqual(['b']);
  });

  it('11.1: a table without any key is one chunk that begins again', async () => {
    const model = await scene.model('dbo.heap');
    const ranges = await scene.fullSource.planChunks(model, CHUNK_BYTES);
    expect(ranges).toEqual([{ relation: '[dbo].[heap]', from: null, to: null }]);
  });

  it('11.1: a key that repeats is never divided inside of equal values, NULLs are a chunk', async () => {
    // Its key is named in the configuration; no unique index knows it.
    const model = { ...(await scene.model('dbo.loose')), key: ['id'] };
    const ranges = await scene.fullSource.planChunks(model, CHUNK_BYTES);
    expect(ranges.length).toBeGreaterThan(3);
    const borders = ranges.map(({ from }) => JSON.stringify(from));
    expect(new Set(borders).size).toBe(borders.length);
    const stage = await beginCopy(scene, model);
    await copyAll(scene, model, stage, { chunkBytes: CHUNK_BYTES });
    await showStage(scene, stage);
    const rows = 'SELECT COUNT(DISTINCT id) AS ids, COUNT(*) AS n FROM dbo.loose';
    expect(await scene.target.sql(rows)).toEqual([{ ids: 1_000, n: 1_000 }]);
    expect(await count(scene.target, 'dbo.loose WHERE grp IS NULL')).toBe(200);
  });
});
