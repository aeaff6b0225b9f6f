/** Changes that are kept in the target have the columns that the table had when they were made. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitFor } from '../../support/wait-for.js';
import { Scene } from '../support/scene.js';
import { expectEqual, stateOf } from './table-state.js';

const CASES = [
  {
    what: 'renamed',
    alter: 'alter table renamed rename note to remark',
    after: `update renamed set remark = 'y' where id between 5 and 15`,
  },
  {
    what: 'dropped',
    alter: 'alter table dropped drop note',
    after: 'update dropped set v = 8 where id between 5 and 15',
  },
] as const;

let scene: Scene;

const command = async (name: 'pause' | 'resume', table: string): Promise<unknown> =>
  scene.client.commandPipeline(scene.pipeline, name, { tables: `public.${table}` });

beforeAll(async () => {
  scene = await Scene.open({ label: 'former-shape' });
  for (const what of ['brief', ...CASES.map((one) => one.what)]) {
    await scene.sourceSql(`
      create table ${what} (id int primary key, v int, note text);
      insert into ${what} select g, g, 'n' || g from generate_series(1, 50) g`);
  }
  await scene.startWorker();
  await scene.client.startPipeline(scene.pipeline);
  await scene.streaming();
});

afterAll(async () => {
  await scene.close();
});

test.each(CASES)(
  'a table that is paused while a column is $what comes back by itself',
  async ({ what, alter, after }) => {
    await command('pause', what);
    await waitFor('it is paused', async () => (await stateOf(scene, what))?.phase === 'paused');
    const before = await stateOf(scene, what);
    await scene.sourceSql(`update ${what} set note = 'x' where id < 10`);
    await scene.sourceSql(alter);
    await waitFor('the target has followed', async () => {
      const now = await stateOf(scene, what);
      return now?.source_fingerprint !== before?.source_fingerprint;
    });
    await scene.sourceSql(after);
    await command('resume', what);
    await expectEqual(scene, what);
    // Its kept changes could not be made any more, so it was copied anew, and says why.
    expect((await stateOf(scene, what))?.epoch).toBe('2');
    const told = await scene.targetSql<{ message: string }>(
      `select message from sluice.error where code = 'FEED_CHANGED' and message like '%${what}%'`,
    );
    expect(told.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^The changes that were kept for public\.\w+ are .* has no column note/,
      ),
    ]);
  },
);

test('a table that streams comes back after a column that was there between two looks', async () => {
  await scene.sourceSql('alter table brief add x int');
  await scene.sourceSql('update brief set x = 5, v = 5 where id < 10');
  await scene.sourceSql('alter table brief drop x');
  await scene.sourceSql('update brief set v = 9 where id between 5 and 15');
  await scene.caughtUp();
  await expectEqual(scene, 'brief');
});
