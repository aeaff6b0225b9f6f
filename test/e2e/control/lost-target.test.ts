import { readFileSync, writeFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitFor } from '../../support/wait-for.js';
import { IN_TIME, runCli, type CliResult } from '../cli/run-cli.js';
import { Scene } from '../support/scene.js';

let scene: Scene;
let original: string;

beforeAll(async () => {
  scene = await Scene.open({ label: 'lost-target', targets: 2 });
  await scene.sourceSql(`create table a (id int primary key, note text);
    insert into a select g, 'n' || g from generate_series(1, 100) g`);
  original = readFileSync(scene.configPath, 'utf8');
  await scene.startWorker();
  await scene.client.startPipeline(scene.pipeline);
  await scene.streaming(0);
  await scene.streaming(1);
});

afterAll(async () => {
  await scene.close();
});

function sluice(...argv: string[]): Promise<CliResult> {
  return runCli(scene.directory, argv, scene.env);
}

test('a target whose database was dropped is rebuilt by resync --target, and the other one is untouched', async () => {
  const admin = new pg.Client({ connectionString: scene.targets[1]?.url('postgres') });
  await admin.connect();
  await admin.query('drop database shop with (force)');
  await admin.end();
  const status = await sluice('status');
  expect(status.out).toMatch(/to1.*\n.*its database was dropped.*sluice resync '\*' --target to1/);
  expect(status.code).toBe(4);
  // The other one follows all the while.
  await scene.sourceSql("insert into a values (101, 'while it is gone')");
  await scene.caughtUp(0, 30_000);
  const before = await scene.tableStates(0);
  const { code, err } = await sluice('resync', '*', '--target', 'to1', ...IN_TIME);
  expect(err).toContain('they are set up anew');
  expect(code).toBe(0);
  expect(await scene.tableStates(0)).toEqual(before);
  await scene.sourceSql('create table b (id int primary key); insert into b values (1)');
  const known = async (n: number): Promise<boolean> =>
    (await scene.tableStates(n)).some(({ slug }) => slug === 'public.b');
  for (const n of [0, 1]) {
    await waitFor('a new table comes', () => known(n), { timeoutMs: 60_000 });
    await scene.streaming(n);
  }
  await scene.sourceSql("update a set note = 'after' where id = 1");
  for (const n of [0, 1]) {
    await scene.caughtUp(n);
    for (const table of ['a', 'b']) {
      const equal = await scene.fingerprint('source', table, 'id');
      expect(await scene.fingerprint(n, table, 'id')).toBe(equal);
    }
  }
});

test('a target taken out of the configuration goes on until that is confirmed, is named then, and can be removed', async () => {
  writeFileSync(scene.configPath, original.replace(/\n {6}to1: .*/, ''));
  await waitFor('somebody is told', async () => {
    const said = await scene.targetSql<{ message: string }>(
      `select message from sluice.event where kind = 'config.invalid'`,
    );
    return said.some(({ message }) => message.includes('no target to1 any more'));
  });
  await scene.sourceSql("update a set note = 'still' where id = 2");
  const arrived = async (): Promise<boolean> =>
    (await scene.targetSql(`select 1 from a where note = 'still'`, 1)).length === 1;
  await waitFor('it follows still', arrived, { timeoutMs: 30_000 });

  const unconfirmed = await sluice('apply');
  expect(unconfirmed.err).toContain('CONFIG_UNCONFIRMED');
  expect(unconfirmed.code).not.toBe(0);
  expect((await sluice('apply', '--confirm')).code).toBe(0);
  const slots = async (): Promise<{ slot_name: string; active: boolean }[]> =>
    scene.sourceSql(`select slot_name, active from pg_replication_slots where slot_name ~ 'to1'`);
  await waitFor('its lane ended', async () => (await slots()).every(({ active }) => !active), {
    timeoutMs: 60_000,
  });
  expect(await slots()).toHaveLength(1);

  const status = await sluice('status');
  expect(status.out).toMatch(/no target to1 any more.*sluice remove --pipeline shop --target to1/);
  expect(status.code).toBe(4);
  expect((await sluice('check')).out).toContain('no target to1 any more');

  const removed = await sluice('remove', '--target', 'to1', '--yes', '--json');
  expect(JSON.parse(removed.out)).toMatchObject([{ pipeline: 'shop', target: 'to1', tables: 0 }]);
  expect(removed.code).toBe(0);
  expect(await slots()).toEqual([]);
  expect((await sluice('status')).out).not.toContain('to1');
  // A slow machine may show the other one's lag for a moment.
  await waitFor('all is well without it', async () => (await sluice('status')).code === 0);
});
