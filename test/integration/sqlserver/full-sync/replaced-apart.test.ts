/** Law 5: while all rows of a table are replaced, its lane goes on with its other tables. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StageRef } from '../../../../src/engines/contract/full-sync.js';
import type { Scene } from './fixture.js';
import { beginCopy, contents, copyAll, openScene, resync } from './fixture.js';
import { patient } from '../../../support/wait-for.js';

const REPLACES = { deletes: true, replaces: true, lockTimeoutMs: 20_000 };
const BACK = { method: 'none', maxRows: 100, lockTimeoutMs: 5_000 } as const;
const LANE = '0000000000000000000f';
/** So long a table that is used is waited for; a lane behind that would wait as long. */
const USED_MS = patient(2_000);

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('apart');
  for (const table of ['plain', 'parent']) {
    await scene.source.sql(`
CREATE TABLE dbo.${table} (id int NOT NULL CONSTRAINT ${table}_pk PRIMARY KEY, v int NULL)
GO
INSERT INTO dbo.${table} (id, v) VALUES (1, 1), (2, 2), (3, 3)`);
    await resync(scene, `dbo.${table}`, { lane: LANE });
  }
  // Refused to be truncated: its rows are deleted.
  await scene.target.sql(
    'CREATE TABLE dbo.child (id int NOT NULL PRIMARY KEY, p int NULL REFERENCES dbo.parent (id))',
  );
});
afterAll(async () => scene.close());

async function frozen(table: string): Promise<StageRef> {
  await scene.target.sql(`INSERT INTO dbo.${table} (id, v) VALUES (9, 9)`);
  const model = await scene.model(`dbo.${table}`);
  const stage = await beginCopy(scene, model, { load: 'truncate', lane: LANE });
  await copyAll(scene, model, stage);
  await scene.fullTarget.freeze(stage, 5_000);
  return stage;
}

async function handBack(stage: StageRef): Promise<void> {
  expect(await scene.fullTarget.cutOver(stage, BACK)).toMatchObject({ done: true });
  await scene.fullTarget.dropStage(stage);
  const table = `dbo.${stage.target.table}`;
  expect(await contents(scene.target, table)).toEqual(await contents(scene.source, table));
}

describe.each(['plain', 'parent'])('rows of %s that are replaced', (table) => {
  it('come while the lane holds its own row, and once', async () => {
    const stage = await frozen(table);
    await scene.target.session(async (lane) => {
      await lane('BEGIN TRAN; UPDATE sluice.lane SET position = position');
      expect(await scene.fullTarget.merge(stage, REPLACES)).toMatchObject({ inserted: 3 });
      expect(await scene.fullTarget.merge(stage, REPLACES)).toMatchObject({ inserted: 0 });
      await lane('ROLLBACK');
    });
    await handBack(stage);
  });

  it('wait for who uses the table, and the lane does not wait with them', async () => {
    const stage = await frozen(table);
    const before = await contents(scene.target, `dbo.${table}`);
    await scene.target.session(async (user) => {
      await user(`BEGIN TRAN; UPDATE dbo.${table} SET v = v WHERE id = 2`);
      let over = false;
      const trying = scene.fullTarget
        .merge(stage, { ...REPLACES, lockTimeoutMs: USED_MS })
        .catch((error: unknown) => error)
        .finally(() => (over = true));
      const waits: number[] = [];
      while (!over) {
        const began = performance.now();
        await scene.target.sql('UPDATE sluice.lane SET position = position');
        waits.push(performance.now() - began);
      }
      expect(await trying).toMatchObject({ code: 'LOCK_TIMEOUT' });
      expect(waits.length).toBeGreaterThan(2);
      expect(Math.max(...waits)).toBeLessThan(USED_MS * (3 / 4));
      await user('ROLLBACK');
    });
    expect(await contents(scene.target, `dbo.${table}`)).toEqual(before);
    await scene.fullTarget.merge(stage, REPLACES);
    await handBack(stage);
  });

  it('stay as they are for an owner of before, and where changes were lost', async () => {
    const stage = await frozen(table);
    const before = await contents(scene.target, `dbo.${table}`);
    const refused = { code: 'STALE_EPOCH' };
    const old = { ...stage, fence: '0' };
    await expect(scene.fullTarget.merge(old, REPLACES)).rejects.toMatchObject(refused);
    const fault = async (code: string) =>
      scene.target.sql(
        `UPDATE sluice.table_state SET fault_code = ${code} WHERE table_id = ${stage.tableId}`,
      );
    await fault(`N'PARKED_BUDGET'`);
    await expect(scene.fullTarget.merge(stage, REPLACES)).rejects.toMatchObject(refused);
    expect(await contents(scene.target, `dbo.${table}`)).toEqual(before);
    await fault('NULL');
    await scene.fullTarget.merge(stage, REPLACES);
    await handBack(stage);
  });
});
