/** Law 5: while rows are merged whose SWITCH was refused, the lane goes on with its other tables. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FinalMethod, StageRef } from '../../../../src/engines/contract/full-sync.js';
import type { Scene } from './fixture.js';
import { beginCopy, contents, copyAll, openScene, resync } from './fixture.js';
import { makeSwitchedTables, WAYS } from './switched-tables.js';
import { patient } from '../../../support/wait-for.js';

/** Faults are switches of the stand-in; a real server has none. */
const real = (process.env.SLUICE_TEST_SQLSERVER_URL ?? '') !== '';

const LANE = '0000000000000000000f';
/** So long a table that is used is waited for; a lane behind that would wait as long. */
const USED_MS = patient(2_000);
const FINAL = { maxRows: 100, lockTimeoutMs: 5_000 };
const MERGES = { deletes: true, lockTimeoutMs: 20_000 };

describe.skipIf(real)('rows whose switch was refused (needs the stand-in)', () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await openScene('refused apart');
    await makeSwitchedTables(scene, '(1, 1), (11, 11), (12, 12), (21, 21)');
    for (const { table } of WAYS) await resync(scene, `dbo.${table}`, { lane: LANE });
  });
  afterEach(async () => {
    await scene.target.sql('EXEC standin.clear_faults');
  });
  afterAll(async () => scene.close());

  const arm = (fault: object) =>
    scene.target.sql(`EXEC standin.fault N'${JSON.stringify(fault).replaceAll("'", "''")}'`);

  /** Up to the refusal; of the stale rows one is too many and one has another value. */
  async function refused({ table, load, match }: (typeof WAYS)[number]): Promise<StageRef> {
    await scene.target.sql(`
INSERT INTO dbo.${table} (id, v) VALUES (19, 9); UPDATE dbo.${table} SET v = 0 WHERE id IN (1, 11)`);
    const model = await scene.model(`dbo.${table}`);
    const stage = await beginCopy(scene, model, { load, lane: LANE });
    await copyAll(scene, model, stage);
    const { fullTarget } = scene;
    expect(await fullTarget.chooseLoad(stage.target, load, stage)).toMatchObject({ method: load });
    await arm({ kind: 'error', match, number: 4938, level: 16 });
    const before = await contents(scene.target, `dbo.${table}`);
    const method: FinalMethod = load;
    const answer = await fullTarget.cutOver(stage, { ...FINAL, method });
    expect(answer).toMatchObject({
      done: false,
      refused: expect.stringContaining('filegroups') as unknown,
    });
    expect(await contents(scene.target, `dbo.${table}`)).toEqual(before);
    expect(await fullTarget.chooseLoad(stage.target, load, stage)).toMatchObject({
      method: 'merge',
      reason: expect.stringMatching(
        /cannot be switched: the server refused .*filegroups/,
      ) as unknown,
    });
    await fullTarget.freeze(stage, 5_000);
    return stage;
  }

  async function handBack(stage: StageRef): Promise<void> {
    const { fullTarget } = scene;
    expect(await fullTarget.cutOver(stage, { ...FINAL, method: 'none' })).toMatchObject({
      done: true,
    });
    await fullTarget.dropStage(stage);
    const table = `dbo.${stage.target.table}`;
    expect(await contents(scene.target, table)).toEqual(await contents(scene.source, table));
  }

  describe.each(WAYS)('of load: $load', (way) => {
    it('are merged while the lane holds its own row, and once', async () => {
      const stage = await refused(way);
      await scene.target.session(async (lane) => {
        await lane('BEGIN TRAN; UPDATE sluice.lane SET position = position');
        expect(await scene.fullTarget.merge(stage, MERGES)).toMatchObject({ deleted: 1 });
        expect(await scene.fullTarget.merge(stage, MERGES)).toMatchObject({ deleted: 0 });
        await lane('ROLLBACK');
      });
      await handBack(stage);
    });

    it('are as they were after a connection is lost amid the merge, which is done again', async () => {
      const stage = await refused(way);
      const table = `dbo.${way.table}`;
      const before = await contents(scene.target, table);
      await arm({ kind: 'cut', match: `DELETE l\\s+FROM \\[dbo\\]` });
      await expect(scene.fullTarget.merge(stage, MERGES)).rejects.toMatchObject({
        kind: 'transient',
      });
      expect(await contents(scene.target, table)).toEqual(before);
      expect(await scene.fullTarget.chooseLoad(stage.target, way.load, stage)).toMatchObject({
        method: 'merge',
      });
      await arm({ kind: 'loseCommit', match: 'cutover_step = N.merged' });
      await expect(scene.fullTarget.merge(stage, MERGES)).rejects.toMatchObject({
        code: 'CONNECTION_LOST',
      });
      expect(await scene.fullTarget.merge(stage, MERGES)).toMatchObject({ deleted: 0 });
      await handBack(stage);
    });

    it('wait for who uses the table, and the lane does not wait with them', async () => {
      const stage = await refused(way);
      await scene.target.session(async (user) => {
        await user(`BEGIN TRAN; UPDATE dbo.${way.table} SET v = v WHERE id = 19`);
        let over = false;
        const trying = scene.fullTarget
          .merge(stage, { ...MERGES, lockTimeoutMs: USED_MS })
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
      await scene.fullTarget.merge(stage, MERGES);
      await handBack(stage);
    });
  });

  it('are of a further partition that is refused amid the merge', async () => {
    const stage = await refused(WAYS[1]);
    await arm({ kind: 'error', match: 'SWITCH PARTITION 3', number: 4972, level: 16 });
    expect(await scene.fullTarget.merge(stage, MERGES)).toEqual({
      inserted: 0,
      updated: 1,
      deleted: 1,
    });
    await handBack(stage);
  });
});
