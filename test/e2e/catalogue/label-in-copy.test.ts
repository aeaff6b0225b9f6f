/** A label that an enum of the target does not have, in a chunk that is copied and in kept changes. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitFor } from '../../support/wait-for.js';
import { Scene } from '../support/scene.js';
import { expectEqual, stateOf } from './table-state.js';

const ROWS = 60_000;
const CASES = [
  { what: 'copied', after: `insert into copied values (${ROWS + 1}, 'calm')` },
  { what: 'kept', after: `update kept set mood = 'calm' where id <= 50` },
] as const;

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open({
    label: 'label-in-copy',
    tables: '{ include: ["public.*"], settings: { "*.*": { chunk: { rows: 100 } } } }',
  });
  await scene.startWorker();
  await scene.client.startPipeline(scene.pipeline);
});
afterAll(async () => {
  await scene.close();
});

test.each(CASES)('added in the middle of a copy it is $what', async ({ what, after }) => {
  await scene.sourceSql(`
    create type mood_${what} as enum ('glad', 'sad');
    create table ${what} (id int primary key, mood mood_${what});
    insert into ${what} select g, 'sad' from generate_series(1, ${ROWS}) g`);
  await waitFor('it copies', async () => {
    const [row] = await scene.targetSql<{ rows_copied: string }>(
      `select rows_copied from sluice.table_state where source_table = '${what}'`,
    );
    return Number(row?.rows_copied ?? 0) > 0;
  });
  await scene.sourceSql(`alter type mood_${what} add value 'calm'`);
  await scene.sourceSql(after);
  await expectEqual(scene, what);
  expect((await stateOf(scene, what))?.epoch).toBe('1');
});
