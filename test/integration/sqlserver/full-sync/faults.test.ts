import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Scene } from './fixture.js';
import { beginCopy, contents, copyOne, count, openScene, resync } from './fixture.js';

/** Faults are switches of the stand-in; a real server has none. */
const real = (process.env.SLUICE_TEST_SQLSERVER_URL ?? '') !== '';
const ALL = { relation: '[dbo].[items]', from: null, to: null };
const ROWS = 2_000;

describe.skipIf(real)('a copy that something breaks (needs the stand-in)', () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await openScene('faults');
    await scene.source.sql(`
CREATE TABLE dbo.items (id int NOT NULL CONSTRAINT items_pk PRIMARY KEY, name nvarchar(100) NULL)
GO
INSERT INTO dbo.items (id, name)
SELECT s.n, CONCAT(N'item ', s.n)
  FROM (SELECT ROW_NUMBER() OVER (ORDER BY a.n) AS n
          FROM (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)) AS a (n)
         CROSS JOIN (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)) AS b (n)
         CROSS JOIN (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)) AS c (n)
         CROSS JOIN (VALUES (1), (2)) AS d (n)) AS s`);
    await resync(scene, 'dbo.items');
  });
  afterEach(async () => {
    await scene.target.sql('EXEC standin.clear_faults');
  });
  afterAll(async () => scene.close());

  const arm = (fault: object) =>
    scene.target.sql(`EXEC standin.fault N'${JSON.stringify(fault).replaceAll("'", "''")}'`);

  async function begin() {
    const model = await scene.model('dbo.items');
    const stage = await beginCopy(scene, model);
    await scene.state.chunks.plan(stage.tableId, stage.epoch, [ALL]);
    return { model, stage, staged: `[sluice_stage_${stage.tableId}].[items]` };
  }

  it('leaves nothing of a chunk whose upload was cut, and loads it again', async () => {
    const { model, stage, staged } = await begin();
    await arm({ kind: 'cutBulk', match: 'sluice_load', afterBytes: 20_000 });
    await expect(copyOne(scene, model, stage, 0)).rejects.toMatchObject({ kind: 'transient' });
    expect(await count(scene.target, staged)).toBe(0);
    expect(await copyOne(scene, model, stage, 0)).toBe(true);
    expect(await count(scene.target, staged)).toBe(ROWS);
  });

  it('has a chunk once whose commit was answered by nobody', async () => {
    const { model, stage, staged } = await begin();
    await arm({ kind: 'loseCommit', match: 'sluice.chunk' });
    await expect(copyOne(scene, model, stage, 0)).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
    });
    expect(await copyOne(scene, model, stage, 0)).toBe(false);
    expect(await count(scene.target, staged)).toBe(ROWS);
  });

  it('says that the log of the target is full, and goes on later', async () => {
    const { model, stage } = await begin();
    await arm({ kind: 'error', match: '^INSERT INTO \\[sluice_stage', number: 9002, level: 17 });
    await expect(copyOne(scene, model, stage, 0)).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(await copyOne(scene, model, stage, 0)).toBe(true);
  });

  it('says that statistics could not be updated after a switch, whose rows are visible', async () => {
    await arm({ kind: 'error', match: '^UPDATE STATISTICS', number: 1222, level: 16 });
    expect(await resync(scene, 'dbo.items', { load: 'swap' })).toMatchObject({ done: true });
    expect(await count(scene.target, 'dbo.items')).toBe(ROWS);
    const said = `SELECT message FROM sluice.event WHERE kind = N'statistics'`;
    const [event] = await scene.target.sql(said);
    expect(event?.message).toMatch(/former rows: .* Run: UPDATE STATISTICS \[dbo\]\.\[items\]$/);
    await resync(scene, 'dbo.items', { load: 'swap' });
    expect(await scene.target.sql(said)).toHaveLength(1);
  });

  it('8.6: merges where the server refuses to switch, and says so', async () => {
    await scene.source.sql(`UPDATE dbo.items SET name = N'changed' WHERE id = 5`);
    await arm({ kind: 'error', match: 'SWITCH TO', number: 4947, level: 16 });
    expect(await resync(scene, 'dbo.items', { load: 'swap' })).toMatchObject({
      method: 'merge',
      done: true,
      counts: { inserted: 0, updated: 1, deleted: 0 },
    });
    expect(await contents(scene.target, 'dbo.items')).toEqual(
      await contents(scene.source, 'dbo.items'),
    );
    const said = await scene.target.sql(`SELECT message FROM sluice.event WHERE kind = N'switch'`);
    expect(said.map(({ message }) => message)).toEqual([
      'The switch of the table was refused: an index of the target is missing on the source. Its rows are merged instead.',
    ]);
  });
});
