/** Two pipelines on one worker, between the same two databases: each has what is its own. */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitFor } from '../../support/wait-for.js';
import { runCli, type CliResult } from '../cli/run-cli.js';
import { Scene } from '../support/scene.js';

const PIPELINES = ['staff', 'shop'] as const;
const TABLES = { shop: 'orders', staff: 'people' } as const;

/** A type, a sequence and a function that tables of both use, and a reference between them. */
const SCHEMA = `
  create type mood as enum ('sad', 'happy');
  create sequence ticket;
  create function twice(n int) returns int language sql immutable as 'select n * 2';
  create table people (id int primary key, mood mood, n int default nextval('ticket'),
    note text, check (twice(id) > 0));
  create table orders (id int primary key, mood mood, n int default nextval('ticket'),
    note text, who int references people, check (twice(id) > 0));
  insert into people (id, mood, note) select g, 'sad', 'p' from generate_series(1, 50) g;
  insert into orders (id, mood, note, who) select g, 'sad', 'o', g from generate_series(1, 50) g;
  create view happy_people as select id from people where mood = 'happy'`;

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open({ label: 'two-pipelines' });
  await scene.sourceSql(SCHEMA);
  const pipelines = PIPELINES.flatMap((name) => [
    `  ${name}:`,
    '    source: { connection: from, createPublication: true, createSlot: true }',
    '    targets: { to: { connection: to, createDatabase: true } }',
    `    tables: { include: ["public.${TABLES[name]}"] }`,
    '    heartbeatTimeout: 3s',
  ]);
  const connections = [
    '  from: { engine: postgres, url: "${SOURCE_URL}", tls: { mode: disable } }',
    '  to: { engine: postgres, url: "${TARGET_0_URL}", tls: { mode: disable } }',
  ];
  const lines = ['version: 1', 'connections:', ...connections, 'pipelines:', ...pipelines, ''];
  writeFileSync(scene.configPath, lines.join('\n'));
  await scene.startWorker();
  // The one that is removed later is the first, so it makes what both of them need.
  for (const [n, name] of PIPELINES.entries()) {
    await scene.client.startPipeline(name);
    const isKnown = async (): Promise<boolean> => (await scene.tableStates()).length > n;
    await waitFor(`${name} is known`, isKnown, { timeoutMs: 60_000 });
    await scene.streaming();
  }
});

afterAll(async () => {
  await scene.close();
});

function sluice(...argv: string[]): Promise<CliResult> {
  return runCli(scene.directory, argv, scene.env);
}

async function equal(table: string): Promise<void> {
  await waitFor(
    `${table} is equal`,
    async () =>
      (await scene.fingerprint('source', table, 'id')) ===
      (await scene.fingerprint(0, table, 'id')),
    { timeoutMs: 60_000 },
  );
}

/** Equal rows come a moment before the table that had rested for them streams. */
async function expectWell(...argv: string[]): Promise<CliResult> {
  let said = '';
  return waitFor(
    () => `status says that all is well: ${said}`,
    async () => {
      const result = await sluice('status', ...argv);
      said = result.out + result.err;
      expect(result.err).toBe('');
      return result.code === 0 ? result : null;
    },
    { timeoutMs: 60_000 },
  );
}

async function slots(): Promise<string[]> {
  const sql = 'select slot_name as name from pg_replication_slots order by 1';
  return (await scene.sourceSql<{ name: string }>(sql)).map(({ name }) => name);
}

test('both follow, also what they share when it changes', async () => {
  expect(await slots()).toEqual(['sluice_shop_to', 'sluice_staff_to']);
  await scene.sourceSql(`alter type mood add value 'so so' before 'happy'`);
  await scene.sourceSql(`update people set mood = 'so so' where id < 10;
    update orders set mood = 'so so' where id > 40;
    insert into orders (id, mood, who) values (51, 'happy', 1)`);
  for (const table of Object.values(TABLES)) await equal(table);
  await expectWell();
  const states = await scene.tableStates();
  expect(states.map(({ epoch, fault_code: fault }) => [epoch, fault])).toEqual([
    ['1', null],
    ['1', null],
  ]);
  // Each table rested for a moment, for its own new value.
  await waitFor('no error is open', async () => {
    const open = 'select code, message from sluice.error where resolved_at is null';
    return (await scene.targetSql(open)).length === 0;
  });
});

test('a command that does not name one of them is refused, and one that does reaches it alone', async () => {
  const vague = await sluice('pause', '*');
  expect(vague.err).toContain('Several pipelines are meant: staff, shop.');
  expect(vague.code).toBe(2);
  expect((await sluice('pause', '*', '--pipeline', 'staff')).code).toBe(0);
  await scene.sourceSql(`update people set note = 'later'; update orders set note = 'now'`);
  await equal('orders');
  const paused = `select count(*)::int as n from people where note = 'later'`;
  expect(await scene.targetSql(paused)).toEqual([{ n: 0 }]);
  expect((await sluice('resume', '*', '--pipeline', 'staff')).code).toBe(0);
  await equal('people');
});

test('one that is stopped and removed takes nothing of the other one with it', async () => {
  expect((await sluice('stop', '--pipeline', 'staff')).code).toBe(0);
  const removed = await sluice('remove', '--pipeline', 'staff', '--yes');
  expect(removed.code, removed.err).toBe(0);
  expect(await slots()).toEqual(['sluice_shop_to']);
  await scene.sourceSql(`alter type mood add value 'glad'`);
  await scene.sourceSql(`insert into orders (id, mood, who) values (52, 'glad', 1)`);
  await equal('orders');
  expect(await scene.targetSql('select count(*)::int as n from people')).toEqual([{ n: 50 }]);
  const { out } = await expectWell('--pipeline', 'shop');
  expect(out).not.toContain('staff');
});
