/**
 * A table that left the feed for a while and came back: what was changed meanwhile is in no log
 * that the lane reads, so it has to be copied again without anybody asking, or the table says why
 * it stands still and goes on after `retry`.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitFor } from '../../support/wait-for.js';
import { Scene } from '../support/scene.js';
import { expectEqual, numbered, publishAgain, stateOf } from './table-state.js';

interface Absence {
  readonly what: string;
  readonly leave: (table: string) => string;
  readonly comeBack: (table: string) => string;
}

const ABSENCES: readonly Absence[] = [
  {
    what: 'unpublished',
    leave: (t) => `alter publication sluice_shop_to0 drop table ${t}`,
    comeBack: publishAgain,
  },
  {
    what: 'without identity',
    leave: (t) => `alter table ${t} replica identity nothing`,
    comeBack: (t) => `alter table ${t} replica identity default`,
  },
  {
    what: 'without key',
    leave: (t) => `alter table ${t} drop constraint ${t}_pkey`,
    comeBack: (t) => `alter table ${t} add primary key (id)`,
  },
];
const STATES = ['streaming', 'paused'] as const;
const CASES = ABSENCES.flatMap((absence) => STATES.map((state) => ({ ...absence, state })));
const nameOf = (one: { readonly what: string; readonly state: string }): string =>
  `${one.what.replace(' ', '_')}_${one.state}`;

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open({ label: 'away' });
  await scene.sourceSql(CASES.map((one) => numbered(nameOf(one))).join('\n'));
  await scene.sourceSql(numbered('other'));
  await scene.startWorker();
  await scene.client.startPipeline(scene.pipeline);
  await scene.streaming();
});

afterAll(async () => {
  await scene.close();
});

test.each(CASES)('a table $what for a while when $state: nothing is lost', async (one) => {
  const table = nameOf(one);
  const command = async (name: 'pause' | 'resume' | 'retry') =>
    scene.client.commandPipeline(scene.pipeline, name, { tables: `public.${table}` });
  await expectEqual(scene, table);
  if (one.state === 'paused') {
    await command('pause');
    await waitFor('it is paused', async () => (await stateOf(scene, table))?.phase === 'paused');
    await scene.sourceSql(`update ${table} set v = v + 1 where id % 5 = 0`);
  }
  await scene.sourceSql(one.leave(table));
  // Refused as long as the table is published without an identity; then it is out of the feed.
  await waitFor('the application can write', async () => {
    await scene.sourceSql(`update ${table} set v = v + 100 where id % 2 = 0`);
    return true;
  });
  await scene.sourceSql(
    `delete from ${table} where id = 7; insert into ${table} values (60, 60); update other set v = v + 1`,
  );
  await expectEqual(scene, 'other');
  await scene.sourceSql(one.comeBack(table));
  await scene.sourceSql(`update ${table} set v = v + 7 where id % 3 = 0`);
  if (one.state === 'paused') await command('resume');

  const settled = await waitFor('it says what it does', async () => {
    const now = await stateOf(scene, table);
    if (now?.fault_code != null) return now.fault_code;
    const sides = [
      await scene.fingerprint('source', table, 'id'),
      await scene.fingerprint(0, table, 'id'),
    ];
    return sides[0] === sides[1] && now?.phase === 'streaming' ? 'equal' : null;
  });
  // FEED_CHANGED is mended by a copy that begins by itself.
  expect(['equal', 'FEED_CHANGED', 'KEY_MISSING']).toContain(settled);
  if (settled === 'KEY_MISSING') await command('retry');
  await expectEqual(scene, table);
});
