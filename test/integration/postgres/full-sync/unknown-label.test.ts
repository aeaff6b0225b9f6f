import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import type { Scene } from './fixture.js';
import { beginCopy, copyOne, openScene } from './fixture.js';

/**
 * The code decides: by this one the catalogue watch brings the type up to the source's, and the
 * table goes on, also when the watch had looked at it an instant before.
 */
describeEachPostgres('a chunk on PostgreSQL %s', (version) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(version, `unknown label ${version}`);
    await scene.source.query(`
      create type mood as enum ('glad', 'sad', 'calm');
      create table plain (id int primary key, mood mood);
      insert into plain values (1, 'calm');
      create table listed (id int primary key, moods mood[]);
      insert into listed values (1, '{glad,calm}');
      create table checked (id int primary key);
      insert into checked values (1), (2)`);
    await scene.target.query(`
      create type mood as enum ('glad', 'sad')`);
  });
  afterAll(async () => scene.close());

  async function copy(table: string): Promise<boolean> {
    const model = await scene.model(`public.${table}`);
    const stage = await beginCopy(scene, model);
    const ranges = await scene.fullSource.planChunks(model, 1e9);
    await scene.state.chunks.plan(stage.tableId, stage.epoch, ranges);
    if (table === 'checked') {
      const schema = `sluice_stage_${stage.tableId}`;
      await scene.target.query(`alter table ${schema}.checked add check (id < 2)`);
    }
    return copyOne(scene, model, stage, 0);
  }

  it.each(['plain', 'listed'])(
    'with a label that the target lacks says so, in %s',
    async (table) => {
      await expect(copy(table)).rejects.toMatchObject({
        code: 'SCHEMA_MISMATCH',
        message: expect.stringContaining('lacks a label') as unknown,
      });
    },
  );

  it('with a row that a constraint refuses says that', async () => {
    await expect(copy('checked')).rejects.toMatchObject({ code: 'ROW_REJECTED' });
  });
});
