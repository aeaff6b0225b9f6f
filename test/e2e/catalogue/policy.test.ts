import { afterAll, beforeAll, expect, test } from 'vitest';
import { Scene } from '../support/scene.js';
import { waitFor } from '../../support/wait-for.js';
import { CASES } from './cases.js';
import { expectEqual, numbered, stateOf } from './table-state.js';

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open({ label: 'catalogue' });
  await scene.sourceSql(CASES.map((one) => one.before).join('\n'));
  await scene.sourceSql(`${numbered('bare')} ${numbered('seen')}
    create table robbed (id int primary key, v int, note text);
    insert into robbed select g, g, 'n' || g from generate_series(1, 50) g;
    create table rekeyed (id int primary key, v int not null);
    insert into rekeyed select g, g from generate_series(1, 20) g;`);
  await scene.startWorker();
  await scene.client.startPipeline(scene.pipeline);
  await scene.streaming();
});

afterAll(async () => {
  await scene.close();
});

test.each(CASES)('$what: $outcome', async ({ table, change, after, outcome }) => {
  await expectEqual(scene, table);
  const before = await stateOf(scene, table);
  for (const transaction of change.split('commit;')) await scene.sourceSql(transaction);
  await scene.sourceSql(after);
  await waitFor(
    'the watch has seen it',
    async () => {
      const now = await stateOf(scene, table);
      if (outcome === 'resync') return Number(now?.epoch) > Number(before?.epoch);
      return now?.source_fingerprint !== before?.source_fingerprint;
    },
    { timeoutMs: 45_000, intervalMs: 200 },
  );
  await expectEqual(scene, table);
  const now = await stateOf(scene, table);
  expect(Number(now?.epoch) - Number(before?.epoch)).toBe(outcome === 'resync' ? 1 : 0);
  // Nothing remembers a former shape: what follows arrives too.
  await scene.sourceSql(`update ${table} set v = v + 7`);
  await expectEqual(scene, table);
});

test('a column with the time as its default comes to a table that a view keeps in its place', async () => {
  await expectEqual(scene, 'seen');
  await scene.targetSql('create view see_seen as select id, v from seen');
  const oid = (): Promise<unknown> => scene.targetSql(`select 'seen'::regclass::oid::text as oid`);
  const before = await oid();
  await scene.sourceSql('alter table seen add at timestamptz not null default now()');
  await scene.sourceSql('insert into seen (id, v) values (75, 75)');
  await expectEqual(scene, 'seen');
  expect(await oid()).toEqual(before);
  // Its stage, which has the same name, may be there a moment longer.
  const columns = await scene.targetSql(
    `select column_default from information_schema.columns
      where table_schema = 'public' and table_name = 'seen' and column_name = 'at'`,
  );
  expect(columns).toEqual([{ column_default: 'now()' }]);
});

test('a column that somebody dropped on the target comes back with its values', async () => {
  await expectEqual(scene, 'robbed');
  await scene.targetSql('alter table robbed drop note');
  await scene.sourceSql('update robbed set v = v + 1 where id = 3');
  await expectEqual(scene, 'robbed');
  expect((await stateOf(scene, 'robbed'))?.epoch).toBe('2');
});

test('a replica identity that makes UPDATE fail on the source takes the table out of the feed', async () => {
  await scene.sourceSql('alter table bare replica identity nothing');
  await waitFor('the application can write again', async () => {
    await scene.sourceSql('update bare set v = v + 1');
    return true;
  });
  await waitFor('the table says why it stands still', async () => {
    const state = await stateOf(scene, 'bare');
    return state?.phase === 'quarantined' && state.fault_code === 'KEY_MISSING';
  });
  await scene.sourceSql('alter table bare replica identity default');
  await scene.client.commandPipeline(scene.pipeline, 'retry', { tables: 'public.bare' });
  await expectEqual(scene, 'bare');
});

test('another primary key sets the table aside with its columns, until the target has one too', async () => {
  await expectEqual(scene, 'rekeyed');
  await scene.sourceSql(`alter table rekeyed drop constraint rekeyed_pkey, add primary key (v)`);
  await waitFor('the table says why it stands still', async () => {
    const [row] = await scene.targetSql<{ fault: string | null }>(
      `select fault_message as fault from sluice.table_state where source_table = 'rekeyed'`,
    );
    return row?.fault?.includes('key (v)') === true;
  });
  await scene.sourceSql(
    `update rekeyed set id = id + 100 where v < 5; delete from rekeyed where v = 9`,
  );
  await scene.targetSql('alter table rekeyed drop constraint rekeyed_pkey, add primary key (v)');
  await expectEqual(scene, 'rekeyed');
  expect((await stateOf(scene, 'rekeyed'))?.epoch).toBe('1');
});
