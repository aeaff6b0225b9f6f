/** Tables without rows, copies that overtake each other, and sources that change below a copy. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Scene } from './fixture.js';
import { partitionById } from './switched-tables.js';
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

/** Faults are switches of the stand-in; a real server has none. */
const real = (process.env.SLUICE_TEST_SQLSERVER_URL ?? '') !== '';

const tableSql = (name: string, on = '') => `
CREATE TABLE dbo.${name} (
  id int IDENTITY(1, 1) NOT NULL CONSTRAINT ${name}_pk PRIMARY KEY CLUSTERED, v int NULL)${on}`;

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('odd moments');
  await partitionById(scene, '2, 3');
});
afterAll(async () => scene.close());

const LOADS = ['merge', 'swap', 'truncate', 'append', 'partitionSwitch'] as const;

describe('a source table without a row', () => {
  it.each(LOADS)('empties a live table by load: %s, or adds nothing to it', async (load) => {
    const name = `none_${load}`;
    await scene.source.sql(tableSql(name));
    await scene.target.sql(`${tableSql(name, load === 'partitionSwitch' ? ' ON by_id (id)' : '')}
GO
INSERT INTO dbo.${name} (v) VALUES (1), (2), (3)`);
    expect(await resync(scene, `dbo.${name}`, { load })).toMatchObject({
      method: load,
      done: true,
    });
    expect(await count(scene.target, `dbo.${name}`)).toBe(load === 'append' ? 3 : 0);
    const stages = await scene.target.sql(
      `SELECT name FROM sys.schemas WHERE name LIKE N'sluice[_]stage%'`,
    );
    expect(stages).toEqual([]);
    const [row] = await scene.target.sql(
      `SELECT phase FROM sluice.table_state WHERE slug = N'dbo.${name}'`,
    );
    expect(row).toEqual({ phase: 'streaming' });
  });

  it('makes a new table that takes its first rows', async () => {
    await scene.source.sql(tableSql('none_new'));
    expect(await resync(scene, 'dbo.none_new')).toMatchObject({ method: 'swap', done: true });
    await scene.source.sql('INSERT INTO dbo.none_new (v) VALUES (7)');
    await resync(scene, 'dbo.none_new');
    expect(await contents(scene.target, 'dbo.none_new')).toEqual([{ id: 1, v: 7 }]);
  });
});

it('a table whose only unique index may have NULLs is loaded again and again', async () => {
  await scene.source.sql(`
CREATE TABLE dbo.loose (code int NULL CONSTRAINT loose_code UNIQUE, v int NULL)
GO
INSERT INTO dbo.loose (code, v) VALUES (1, 1), (NULL, 2)`);
  await resync(scene, 'dbo.loose');
  await scene.source.sql('UPDATE dbo.loose SET v = v + 10; INSERT INTO dbo.loose VALUES (3, 3)');
  expect(await resync(scene, 'dbo.loose')).toMatchObject({ method: 'truncate', done: true });
  expect(await contents(scene.target, 'dbo.loose', 'v')).toEqual(
    await contents(scene.source, 'dbo.loose', 'v'),
  );
});

it('a target that has a key where its source has none gets its rows all the same', async () => {
  const columns = 'id int NOT NULL, v int NULL';
  await scene.source.sql(`CREATE TABLE dbo.bare (${columns});
INSERT INTO dbo.bare (id, v) VALUES (1, 1), (2, 2)`);
  await scene.target.sql(`CREATE TABLE dbo.bare (${columns}, CONSTRAINT bare_pk PRIMARY KEY (id));
INSERT INTO dbo.bare (id, v) VALUES (2, 9), (3, 9)`);
  expect(await resync(scene, 'dbo.bare')).toMatchObject({ method: 'truncate', done: true });
  expect(await contents(scene.target, 'dbo.bare')).toEqual(
    await contents(scene.source, 'dbo.bare'),
  );
});

/** Rows 1 to 1,000 in several chunks of 4,000 bytes. */
const FILL = `
INSERT INTO dbo.many (v)
SELECT a.n FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS a (n)
 CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS b (n)
 CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS c (n)`;
const CHUNKS = { chunkBytes: 4_000 };

describe('a table of many chunks', () => {
  beforeAll(async () => {
    await scene.source.sql(`${tableSql('many')}
GO
${FILL}`);
    await resync(scene, 'dbo.many');
  });

  it('that is copied twice at once is shown by the copy that began last, once', async () => {
    await scene.source.sql('UPDATE dbo.many SET v = v + 1');
    const model = await scene.model('dbo.many');
    const ranges = await scene.fullSource.planChunks(model, CHUNKS.chunkBytes);
    const older = await beginCopy(scene, model);
    await scene.state.chunks.plan(older.tableId, older.epoch, ranges);
    const copying = (async () => {
      while (await copyOne(scene, model, older, 0));
    })();
    copying.catch(() => undefined);
    const newer = await beginCopy(scene, model);
    await copyAll(scene, model, newer, CHUNKS);
    await copying.catch((error: unknown) => {
      // Or it finds its stage gone, as the newer copy is just making its own.
      const codes = /STALE_EPOCH|FENCED_OUT|TABLE_MISSING/;
      expect(error).toMatchObject({ code: expect.stringMatching(codes) as string });
    });
    const overtaken = { code: 'STALE_EPOCH' };
    await expect(showStage(scene, older, 'swap')).rejects.toMatchObject(overtaken);
    await expect(showStage(scene, older, 'merge')).rejects.toMatchObject(overtaken);
    expect(await showStage(scene, newer)).toMatchObject({ done: true });
    expect(await contents(scene.target, 'dbo.many')).toEqual(
      await contents(scene.source, 'dbo.many'),
    );
  });

  it('whose source gets a column in the middle of the copy keeps the columns that it began with', async () => {
    const model = await scene.model('dbo.many');
    const stage = await beginCopy(scene, model);
    const ranges = await scene.fullSource.planChunks(model, CHUNKS.chunkBytes);
    expect(ranges.length).toBeGreaterThan(2);
    await scene.state.chunks.plan(stage.tableId, stage.epoch, ranges);
    await copyOne(scene, model, stage, 0);
    await scene.source.sql(`ALTER TABLE dbo.many ADD late int NOT NULL
      CONSTRAINT df_late DEFAULT 5`);
    while (await copyOne(scene, model, stage, 0));
    await scene.fullTarget.finishStage(model, stage, () => undefined);
    await showStage(scene, stage);
    const rows = 'SELECT id, v FROM dbo.many ORDER BY id';
    expect(await scene.target.sql(rows)).toEqual(await scene.source.sql(rows));
    expect((await scene.model('dbo.many')).fingerprint).not.toBe(model.fingerprint);
  });
});

describe.skipIf(real)('a full filegroup of the target (needs the stand-in)', () => {
  beforeAll(async () => {
    await scene.source.sql(`${tableSql('crowded')}
GO
${FILL.replace('dbo.many', 'dbo.crowded')}`);
    await resync(scene, 'dbo.crowded');
  });
  afterEach(async () => {
    await scene.target.sql('EXEC standin.clear_faults');
  });

  const arm = (match: string) =>
    scene.target.sql(
      `EXEC standin.fault N'{"kind":"error","match":"${match}","number":1105,"level":17}'`,
    );
  const refused = { code: 'DISK_FULL', kind: 'transient' };

  it.each([
    ['while rows come to tempdb', '^insert bulk'],
    ['while they go to the stage', 'INSERT INTO .sluice_stage'],
    ['at the line of the ledger', 'update sluice.chunk'],
  ])('in the middle of a chunk, %s: it is loaded once, later', async (_, match) => {
    const model = await scene.model('dbo.crowded');
    const stage = await beginCopy(scene, model);
    const ranges = await scene.fullSource.planChunks(model, CHUNKS.chunkBytes);
    await scene.state.chunks.plan(stage.tableId, stage.epoch, ranges);
    await copyOne(scene, model, stage, 0);
    const staged = `[sluice_stage_${stage.tableId}].[crowded]`;
    const before = await count(scene.target, staged);
    await arm(match);
    await expect(copyOne(scene, model, stage, 0)).rejects.toMatchObject(refused);
    expect(await count(scene.target, staged)).toBe(before);
    while (await copyOne(scene, model, stage, 0));
    expect(await count(scene.target, staged)).toBe(1_000);
    await scene.fullTarget.dropStage(stage);
  });

  it.each(['merge', 'truncate'] as const)(
    'amid the rows of a %s: the live table is as it was, and gets them later',
    async (load) => {
      await scene.source.sql(
        'UPDATE dbo.crowded SET v = v + 1; DELETE FROM dbo.crowded WHERE id = 500',
      );
      await scene.source.sql('INSERT INTO dbo.crowded (v) VALUES (99)');
      const model = await scene.model('dbo.crowded');
      const stage = await beginCopy(scene, model, { load });
      await copyAll(scene, model, stage, CHUNKS);
      await scene.fullTarget.freeze(stage, 1_000);
      const before = await contents(scene.target, 'dbo.crowded');
      await arm('INSERT INTO .dbo.\\\\.');
      const options = { deletes: true, replaces: load === 'truncate', lockTimeoutMs: 1_000 };
      await expect(scene.fullTarget.merge(stage, options)).rejects.toMatchObject(refused);
      expect(await contents(scene.target, 'dbo.crowded')).toEqual(before);
      await scene.fullTarget.merge(stage, options);
      await scene.fullTarget.cutOver(stage, { method: 'none', maxRows: 10, lockTimeoutMs: 1_000 });
      await scene.fullTarget.dropStage(stage);
      expect(await contents(scene.target, 'dbo.crowded')).toEqual(
        await contents(scene.source, 'dbo.crowded'),
      );
    },
  );
});
