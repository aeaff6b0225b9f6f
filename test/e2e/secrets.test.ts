import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../src/local/free-port.js';
import { waitFor } from '../support/wait-for.js';
import { runCli } from './cli/run-cli.js';
import { Scene } from './support/scene.js';
import { temporalCli, type TemporalCli } from './support/temporal-cli.js';

/** Stored in rows, in a key and in a text that the servers print in their own error messages. */
const MARKER = 'Zq7markerZq7';
const WRONG_PASSWORD = 'Wr0ngZq8secret';

let scene: Scene;
let temporal: TemporalCli;
let metricsPort: number;
let passwords: readonly string[];

beforeAll(async () => {
  scene = await Scene.open({ label: 'secrets' });
  metricsPort = await freePort();
  passwords = [scene.source.password, scene.target.password, WRONG_PASSWORD];
  temporal = await temporalCli(scene.temporal.address, scene.temporal.namespace);
  await scene.sourceSql(`
    create table people (name text primary key, n int, note text);
    create table unique_note (id int primary key, note text);
    create table not_null (id int primary key, note text);
    create table too_long (id int primary key, note text);
    create table watermarked (id int primary key, note text, changed timestamptz default now());
    insert into people values ('${MARKER}', 1, 'key'), ('other', 2, '${MARKER}');
    insert into unique_note values (1, '${MARKER}');
    insert into not_null values (1, '${MARKER}');
    insert into too_long values (1, 'short');`);
  await scene.startWorker(['--log-level', 'debug', '--metrics-port', String(metricsPort)]);
  await scene.client.startPipeline(scene.pipeline);
  await scene.streaming();
});

afterAll(async () => {
  await scene.close();
});

/** Failures whose own text, as the driver gives it, quotes the row. */
test('every failure that a row can cause is caused', async () => {
  await scene.targetSql(`
    insert into unique_note values (100, '${MARKER}2');
    create unique index on unique_note (note);
    alter table not_null alter column note set not null;
    alter table too_long alter column note type varchar(5)`);
  await scene.sourceSql(`
    insert into unique_note values (2, '${MARKER}2');
    insert into not_null values (77, null);
    insert into too_long values (2, '${MARKER}');
    update people set n = n + 1, note = '${MARKER} changed';
    update people set name = '${MARKER}-renamed' where name = '${MARKER}'`);
  for (const slug of ['unique_note', 'not_null', 'too_long']) {
    await waitFor(`${slug} is quarantined`, async () => {
      const state = (await scene.tableStates()).find((row) => row.slug === `public.${slug}`);
      return state?.phase === 'quarantined';
    });
  }
  await scene.client.commandPipeline('shop', 'forceResync', { tables: 'public.unique_note' });
  await scene.client.commandPipeline('shop', 'verify', {});
  // The lane tries the same transaction without the tables that it has set aside.
  await waitFor('the change of people has come', async () => {
    const renamed = `select 1 from people where name = '${MARKER}-renamed'`;
    return (await scene.targetSql(renamed)).length > 0;
  });
  await scene.targetSql(`update people set note = '${MARKER} elsewhere' where name = 'other'`);
  await scene.client.commandPipeline('shop', 'verify', { tables: 'public.people' });
  await waitFor('the difference is found', async () => {
    const rows = await scene.targetSql(`select 1 from sluice.verification where differences > 0`);
    return rows.length > 0;
  });
});

test('a wrong password is a failure too', async () => {
  await scene.targetSql(`create role limited login password 'right'`);
  const url = scene.target.url('shop').replace(/\/\/[^@]*@/, `//limited:${WRONG_PASSWORD}@`);
  const check = await cli({ TARGET_0_URL: url }, 'check');
  expect(check.code).not.toBe(0);
  printed.push(check.out, check.err);
  await scene.worker?.stop();
  printed.push(scene.worker?.output ?? '');
  const right = scene.env.TARGET_0_URL ?? '';
  scene.env.TARGET_0_URL = url;
  await scene.startWorker(['--log-level', 'debug', '--metrics-port', String(metricsPort)]);
  await waitFor('the login is refused', () => scene.worker?.output.includes('LOGIN_REFUSED'));
  await scene.client
    .commandPipeline('shop', 'pause', { tables: 'public.people' })
    .catch(() => null);
  printed.push(await metrics());
  await scene.worker?.stop();
  printed.push(scene.worker?.output ?? '');
  scene.env.TARGET_0_URL = right;
  await scene.startWorker(['--log-level', 'debug', '--metrics-port', String(metricsPort)]);
  await waitFor(
    'people is paused',
    async () => {
      const state = (await scene.tableStates()).find((row) => row.slug === 'public.people');
      return state?.phase === 'paused';
    },
    { timeoutMs: 90_000 },
  );
});

const printed: string[] = [];

test('metrics tell of tables, lanes and what was applied', async () => {
  const of = 'pipeline="shop"[^}]*target="[^"]+"';
  const wanted = [
    new RegExp(`^sluice_tables\\{(?=[^}]*phase="streaming")[^}]*${of}[^}]*\\} [1-9]`, 'm'),
    new RegExp(`^sluice_tables_faulted\\{[^}]*${of}[^}]*\\} [1-9]`, 'm'),
    new RegExp(`^sluice_lane_running\\{(?=[^}]*lane="0")[^}]*${of}[^}]*\\} 1`, 'm'),
    new RegExp(`^sluice_target_away\\{[^}]*${of}[^}]*\\} 0`, 'm'),
    /^sluice_applied_transactions(_total)?\{[^}]*\} [1-9]/m,
  ];
  await scene.sourceSql(`update watermarked set note = 'again'; update not_null set note = 'x'`);
  await waitFor(
    'all of them are there',
    async () => {
      const text = await metrics();
      return wanted.every((pattern) => pattern.test(text));
    },
    { timeoutMs: 60_000 },
  );
});

test('no password and no value of a row is in any history, log, metric or answer', async () => {
  for (const words of [
    ['status'],
    ['errors'],
    ['logs'],
    ['config', 'show'],
    ['tables'],
    ['plan'],
  ]) {
    const { out, err } = await cli({}, ...words);
    printed.push(out, err);
  }
  printed.push(await metrics(), scene.worker?.output ?? '');
  const told = await scene.targetSql(`
    select to_jsonb(e)::text from sluice.event e union all
    select to_jsonb(e)::text from sluice.error e union all
    select to_jsonb(p)::text from sluice.pipeline p union all
    select to_jsonb(t)::text from sluice.table_state t`);
  printed.push(JSON.stringify(told));
  const histories = await exportedHistories();
  expect(histories.length).toBeGreaterThan(8);
  // That it looked at something: names of tables and codes of failures are there.
  const all = [...histories.map(({ text }) => text), ...printed];
  expect(all.join('\n')).toContain('public.unique_note');
  expect(printed.join('\n')).toContain('sluice');
  for (const secret of [MARKER, ...passwords]) {
    const forms = [secret, Buffer.from(secret).toString('hex')];
    for (const form of forms) {
      expect(histories.filter(({ text }) => text.includes(form)).map(({ id }) => id)).toEqual([]);
      expect(
        printed.filter((text) => text.includes(form)).map((text) => around(text, form)),
      ).toEqual([]);
    }
  }
});

interface Exported {
  readonly id: string;
  /** The history as the service gives it, and again with every payload decoded. */
  readonly text: string;
}

/** Of every workflow that ever ran in the namespace, each of its runs. */
async function exportedHistories(): Promise<Exported[]> {
  const list = await temporal.run('workflow', 'list', '--limit', '1000', '--output', 'json');
  const found = JSON.parse(list) as { execution: { workflowId: string; runId: string } }[];
  const histories: Exported[] = [];
  for (const { execution } of found) {
    const { workflowId, runId } = execution;
    const which = ['--workflow-id', workflowId, '--run-id', runId, '--output', 'json'];
    const shown = await temporal.run('workflow', 'show', ...which);
    const described = await temporal.run('workflow', 'describe', ...which);
    const raw = shown + described;
    const decoded = [...raw.matchAll(/"data":\s*"([A-Za-z0-9+/=]+)"/g)]
      .map(([, data = '']) => Buffer.from(data, 'base64').toString('utf8'))
      .join('\n');
    histories.push({ id: workflowId, text: `${raw}\n${decoded}` });
  }
  return histories;
}

async function metrics(): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${String(metricsPort)}/metrics`);
  return response.text();
}

function cli(env: NodeJS.ProcessEnv, ...words: string[]): ReturnType<typeof runCli> {
  const argv = ['--config', scene.configPath, ...words];
  return runCli(scene.directory, argv, { ...scene.env, ...env });
}

/** Enough to see where a secret came out. */
function around(text: string, form: string): string {
  const at = text.indexOf(form);
  return text.slice(Math.max(0, at - 200), at + 40);
}
