import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitFor } from '../../support/wait-for.js';
import { Scene } from '../support/scene.js';

/** What the specification promises for everything that is asked in SQL. */
const PROMISED_MS = 10_000;

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open({ label: 'sql-control', heartbeatTimeout: '60s' });
  await scene.sourceSql(`
    create table orders (id int primary key, note text);
    create table lines (id int primary key, note text);
    insert into orders select g, 'n' || g from generate_series(1, 1000) g;`);
  await scene.startWorker();
  await scene.client.startPipeline(scene.pipeline);
  await scene.streaming();
});

afterAll(async () => {
  await scene.close();
});

test('INSERT of pause and resume is obeyed and answered in the same row', async () => {
  await ask('pause', 'public.orders');
  await becomes('public.orders', 'paused');
  expect((await stateOf('public.lines')).phase).toBe('streaming');
  await scene.sourceSql(`insert into orders values (2001, 'parked')`);
  await ask('resume', 'public.ord*');
  await becomes('public.orders', 'streaming');
  await arrives(`select 1 from orders where id = 2001`);
  // A command is answered after it went out, and the table may be faster.
  await within('both are answered', async () => (await answers()).length === 2);
  expect(await answers()).toEqual(['sent to 1 table(s)', 'sent to 1 table(s)']);
});

test('disable and enable do the same for all tables', async () => {
  await ask('disable', '*');
  await becomes('public.orders', 'paused');
  await becomes('public.lines', 'paused');
  await ask('enable', '*');
  await becomes('public.orders', 'streaming');
  await becomes('public.lines', 'streaming');
});

test('resync begins the next epoch, by command and by reset request', async () => {
  const { epoch } = await stateOf('public.orders');
  await ask('resync', 'public.orders');
  await within(`epoch after ${epoch}`, async () => (await stateOf('public.orders')).epoch > epoch);
  await scene.streaming();
  await scene.targetSql(`insert into sluice.reset_request (table_name) values ('public.orders')`);
  await within('the next', async () => (await stateOf('public.orders')).epoch > epoch + 1);
  await within('it is answered', async () => {
    const rows = await scene.targetSql('select answer from sluice.reset_request');
    return JSON.stringify(rows) === '[{"answer":"sent to 1 table(s)"}]';
  });
  await scene.streaming();
});

test('verify leaves a verification behind', async () => {
  await ask('verify', 'public.orders');
  await within('a verification', async () => {
    const rows = await scene.targetSql(
      `select 1 from sluice.verification join sluice.table_state using (table_id)
        where slug = 'public.orders' and result = 'passed' and scope = 'full'`,
    );
    return rows.length > 0;
  });
});

test('retry brings back a table that was quarantined', async () => {
  await scene.targetSql(`insert into lines values (5, 'in the way'); alter table lines
    add constraint no_seven check (id <> 7)`);
  await scene.sourceSql(`insert into lines values (7, 'refused')`);
  await within('quarantined', async () => (await stateOf('public.lines')).phase === 'quarantined');
  await scene.targetSql('alter table lines drop constraint no_seven');
  await ask('retry', 'public.lines');
  await becomes('public.lines', 'streaming');
  await arrives('select 1 from lines where id = 7');
});

test('one UPDATE of what is wanted pauses and resumes tables', async () => {
  await scene.targetSql(`update sluice.table_state set wanted = 'pause'`);
  await becomes('public.orders', 'paused');
  await becomes('public.lines', 'paused');
  const by = await scene.targetSql(
    'select distinct wanted_by is not null as named from sluice.table_state',
  );
  expect(by).toEqual([{ named: true }]);
  await scene.sourceSql(`insert into orders values (2002, 'parked too')`);
  await scene.targetSql(`update sluice.table_state set wanted = 'run'`);
  await becomes('public.orders', 'streaming');
  await becomes('public.lines', 'streaming');
  await arrives('select 1 from orders where id = 2002');
});

test('an UPDATE in the middle of a resync stops the copy, and it goes on where it stood', async () => {
  await scene.sourceSql(`
    create table big (id int primary key, filler text);
    insert into big select g, repeat('x', 500) from generate_series(1, 200000) g`);
  await scene.client.commandPipeline('shop', 'applyConfig', { requestId: 'a-new-table' });
  await waitFor('it streams', async () => (await stateOf('public.big')).phase === 'streaming', {
    timeoutMs: 120_000,
  });
  const { epoch } = await stateOf('public.big');
  await ask('resync', 'public.big');
  await within('some rows are copied', async () => {
    const state = await stateOf('public.big');
    return state.epoch > epoch && state.copied > 0;
  });
  await scene.targetSql(`update sluice.table_state set wanted = 'pause' where slug = 'public.big'`);
  await within('nothing copies', async () => {
    const rows = await scene.targetSql(
      `select 1 from pg_stat_activity where application_name like 'sluice shop copy%'`,
    );
    return rows.length === 0;
  });
  await scene.targetSql(`update sluice.table_state set wanted = 'run' where slug = 'public.big'`);
  await scene.streaming();
  expect((await stateOf('public.big')).epoch).toBe(epoch + 1);
  expect(await scene.fingerprint(0, 'big', 'id')).toBe(
    await scene.fingerprint('source', 'big', 'id'),
  );
});

test('what nobody can carry out is answered too', async () => {
  await ask('pause', 'nothing.like_it');
  await scene.targetSql(
    `insert into sluice.command (command, pipeline) values ('pause', 'no such pipeline')`,
  );
  await within('both are answered', async () => (await answers()).length === (await commands()));
  const last = (await answers()).slice(-2).sort();
  expect(last).toEqual(['no table matches', 'this target has no such pipeline']);
});

async function ask(command: string, table: string): Promise<void> {
  await scene.targetSql(
    `insert into sluice.command (command, table_name, reason)
     values ('${command}', '${table}', 'a test')`,
  );
}

async function answers(): Promise<string[]> {
  const rows = await scene.targetSql<{ answer: string }>(
    'select answer from sluice.command where answered_at is not null order by command_id',
  );
  return rows.map((row) => row.answer);
}

async function commands(): Promise<number> {
  return (await scene.targetSql('select 1 from sluice.command')).length;
}

async function stateOf(slug: string): Promise<{ phase: string; epoch: number; copied: number }> {
  const [row] = await scene.targetSql<{ phase: string; epoch: string; rows_copied: string }>(
    `select phase, epoch, rows_copied from sluice.table_state where slug = '${slug}'`,
  );
  return {
    phase: row?.phase ?? '',
    epoch: Number(row?.epoch ?? 0),
    copied: Number(row?.rows_copied ?? 0),
  };
}

async function becomes(slug: string, phase: string): Promise<void> {
  await within(`${slug} is ${phase}`, async () => (await stateOf(slug)).phase === phase);
}

async function arrives(sql: string): Promise<void> {
  await within('it arrives', async () => (await scene.targetSql(sql)).length > 0);
}

async function within(what: string, fact: () => Promise<boolean>): Promise<void> {
  await waitFor(what, fact, { timeoutMs: PROMISED_MS });
}
