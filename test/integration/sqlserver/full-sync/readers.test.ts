import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { patient, waitFor } from '../../../support/wait-for.js';
import type { Scene } from './fixture.js';
import { beginCopy, contents, copyAll, openScene, resync } from './fixture.js';

const ROWS = 300;
const BORDERS = 'AS RANGE RIGHT FOR VALUES (100, 200)';
const columns = '(id int NOT NULL PRIMARY KEY, round int NULL)';

let scene: Scene;

/** Readers at READ COMMITTED with row versions, as the stand-in has it anyway; see its README. */
beforeAll(async () => {
  scene = await openScene('readers');
  await scene.target.sql('ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON');
  await scene.target.sql(`
CREATE PARTITION FUNCTION by_id (int) ${BORDERS}
GO
CREATE PARTITION SCHEME by_id AS PARTITION by_id ALL TO ([PRIMARY])
GO
CREATE TABLE dbo.parted ${columns} ON by_id (id)`);
  const ones = '(VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9))';
  for (const table of ['stock', 'bare', 'parted']) {
    await scene.source.sql(`
CREATE TABLE dbo.${table} ${columns}
GO
INSERT INTO dbo.${table} (id, round)
SELECT a.n + 10 * b.n + 100 * c.n, 0
  FROM ${ones} AS a (n) CROSS JOIN ${ones} AS b (n) CROSS JOIN (VALUES (0), (1), (2)) AS c (n)`);
    await resync(scene, `dbo.${table}`);
  }
});
afterAll(async () => scene.close());

describe('readers of a SQL Server target', () => {
  it.each([
    ['merge', 'dbo.stock'],
    ['swap', 'dbo.bare'],
    ['partitionSwitch', 'dbo.parted'],
  ])('see neither an error nor part of a table during 20 resyncs by %s', async (load, table) => {
    const stop = new AbortController();
    const seen = new Set<string>();
    const reading = scene.target.session(async (sql) => {
      while (!stop.signal.aborted) {
        const [row] = await sql(
          `SELECT COUNT(*) AS n, COUNT(DISTINCT round) AS rounds FROM ${table}`,
        );
        seen.add(`${String(row?.n)} rows, ${String(row?.rounds)} rounds`);
      }
    });
    const methods = new Set<string>();
    try {
      for (let round = 1; round <= 20; round += 1) {
        await scene.source.sql(`UPDATE ${table} SET round = ${String(round)}`);
        methods.add((await resync(scene, table, { load })).method);
      }
    } finally {
      stop.abort();
      await reading;
    }
    expect([...seen]).toEqual([`${String(ROWS)} rows, 1 rounds`]);
    expect([...methods]).toEqual([load]);
    expect(await contents(scene.target, table)).toEqual(await contents(scene.source, table));
  });

  it.each([
    ['a writer of one row', 'UPDATE dbo.stock SET round = round WHERE id = 299'],
    ['a report that keeps what it read', 'SELECT id FROM dbo.stock WITH (TABLOCK, HOLDLOCK)'],
  ])('never queue behind a merge that waits for %s', async (_, held) => {
    await scene.source.sql('UPDATE dbo.stock SET round = round + 100');
    const model = await scene.model('dbo.stock');
    const stage = await beginCopy(scene, model, { load: 'merge' });
    await copyAll(scene, model, stage);
    await scene.fullTarget.freeze(stage, 5_000);
    const before = await contents(scene.target, 'dbo.stock');
    const options = { deletes: true, lockTimeoutMs: patient(1_000) };
    await scene.target.session(async (holder) => {
      await holder(`BEGIN TRAN; ${held}`);
      let over = false;
      const began = performance.now();
      const trying = scene.fullTarget
        .merge(stage, options)
        .catch((error: unknown) => error)
        .finally(() => (over = true));
      const waits: number[] = [];
      await scene.target.session(async (sql) => {
        while (!over) {
          const asked = performance.now();
          await sql('SELECT COUNT(*) AS n FROM dbo.stock');
          waits.push(performance.now() - asked);
        }
      });
      expect(await trying).toMatchObject({ code: 'LOCK_TIMEOUT' });
      expect(performance.now() - began).toBeLessThan(patient(10_000));
      expect(waits.length).toBeGreaterThan(5);
      expect(Math.max(...waits)).toBeLessThan(options.lockTimeoutMs);
      expect(await contents(scene.target, 'dbo.stock')).toEqual(before);
      await holder('ROLLBACK');
    });
    const counts = await waitFor('the merge succeeds', async () =>
      scene.fullTarget.merge(stage, options),
    );
    expect(counts).toEqual({ inserted: 0, updated: ROWS, deleted: 0 });
    const how = { method: 'none', maxRows: 10, lockTimeoutMs: 1_000 } as const;
    expect(await scene.fullTarget.cutOver(stage, how)).toMatchObject({ done: true });
    await scene.fullTarget.dropStage(stage);
    expect(await contents(scene.target, 'dbo.stock')).toEqual(
      await contents(scene.source, 'dbo.stock'),
    );
  });
});
