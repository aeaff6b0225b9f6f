import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../../src/core/protocol.js';
import { waitFor } from '../../support/wait-for.js';
import { runCli } from '../cli/run-cli.js';
import { Scene } from '../support/scene.js';
import { temporalCli, type TemporalCli } from '../support/temporal-cli.js';

const PIPELINE = 'sluice/shop';
const TABLE = 'sluice/shop/to0/t/public.orders';

let scene: Scene;
let temporal: TemporalCli;

beforeAll(async () => {
  scene = await Scene.open({ label: 'temporal-cli' });
  await scene.sourceSql(`
    create table orders (id int primary key, note text);
    create table lines (id int primary key, note text);
    insert into orders select g, 'n' || g from generate_series(1, 100) g;`);
  await scene.startWorker();
  temporal = await temporalCli(scene.temporal.address, scene.temporal.namespace);
});

afterAll(async () => {
  await scene.close();
});

test('`temporal workflow start` with a name is all it takes', async () => {
  const words = ['--type', 'pipeline', '--task-queue', 'sluice', '--workflow-id', PIPELINE];
  await temporal.run('workflow', 'start', ...words, '--input', '{"pipeline":"shop"}');
  await scene.streaming();
  expect(await scene.fingerprint(0, 'orders', 'id')).toBe(
    await scene.fingerprint('source', 'orders', 'id'),
  );
});

test('a malformed input of a start is refused, and nothing is tried for ever', async () => {
  const inputs = ['"text"', '42', '{}', '{"pipeline":7}', '{"pipeline":"shop"}'];
  for (const [n, input] of inputs.entries()) {
    const words = ['--type', 'pipeline', '--task-queue', 'sluice', '--workflow-id', `other-${n}`];
    await temporal.run('workflow', 'start', ...words, '--input', input);
    await waitFor(`${input} has failed`, async () => (await statusOf(`other-${n}`)) === 'FAILED');
  }
  const words = ['--type', 'table', '--task-queue', 'sluice', '--workflow-id', 'other'];
  const unreadable = ['--input', 'x', '--input-meta', 'encoding=binary/encrypted'];
  await temporal.run('workflow', 'start', ...words, ...unreadable);
  await waitFor(
    'the unreadable one has failed',
    async () => (await statusOf('other')) === 'FAILED',
  );
});

describe('`temporal workflow signal`', () => {
  test('pauses and resumes a table', async () => {
    await signal(PIPELINE, 'pause', '{"tables":"public.orders","reason":"by hand"}');
    await untilPhase('public.orders', 'paused');
    expect(await phaseOf('public.lines')).toBe('streaming');
    await scene.sourceSql(`insert into orders values (1001, 'while it was paused')`);
    await signal(PIPELINE, 'resume', '{"tables":"public.orders"}');
    await untilPhase('public.orders', 'streaming');
    await scene.caughtUp();
    const rows = await scene.targetSql('select note from orders where id = 1001');
    expect(rows).toEqual([{ note: 'while it was paused' }]);
  });

  test('forces a resync, with and without an input', async () => {
    const before = await epochOf('public.orders');
    await signal(TABLE, 'forceResync');
    await waitFor('the next epoch', async () => (await epochOf('public.orders')) > before);
    await untilPhase('public.orders', 'streaming');
    await signal(PIPELINE, 'forceResync', '{"tables":"public.lines","requestId":"once"}');
    await signal(PIPELINE, 'forceResync', '{"tables":"public.lines","requestId":"once"}');
    await waitFor('the next epoch', async () => (await epochOf('public.lines')) === 2);
    await scene.streaming();
    expect(await epochOf('public.lines')).toBe(2);
  });
});

const MALFORMED: readonly (readonly string[])[] = [
  ['--input', '"text"'],
  ['--input', '[]'],
  ['--input', '42'],
  ['--input', '{"requestId":7}'],
  ['--input', '{"tables":["public.orders"]}'],
  ['--input', '{"whatever":true}'],
  ['--input', '{not json', '--input-meta', 'encoding=binary/plain'],
  ['--input', '{not json', '--input-meta', 'encoding=binary/encrypted'],
  ['--input', '{}', '--input-meta', 'encoding=json/protobuf'],
];

describe('malformed signals by the real command line', () => {
  test.each([PIPELINE, TABLE, 'sluice/shop/to0/lane/0'])('to %s leave it alive', async (id) => {
    for (const name of COMMANDS) {
      await waitFor(`the events tell of ${name}`, async () => {
        await temporalSignal(id, name, ['--input', '"text"']);
        return (await rejections()).includes(`The command ${name} was rejected`);
      });
      for (const words of MALFORMED) await temporalSignal(id, name, words);
    }
    await temporalSignal(id, 'explode', ['--input', '{}']);
    await waitFor('the status shows the last of them', async () =>
      (await query(id)).includes('There is no command'),
    );
    expect(await query(id)).toContain('was rejected');
    expect(await statusOf(id)).toBe('RUNNING');
    expect(await failedTasks(id)).toBe(0);
  });

  test('are among the events of the target, and every table goes on', async () => {
    const told = await rejections();
    for (const name of COMMANDS) expect(told).toContain(`The command ${name} was rejected`);
    await scene.streaming();
    await scene.sourceSql(`insert into lines values (1, 'after all that')`);
    await scene.caughtUp();
    expect(await scene.targetSql('select note from lines')).toEqual([{ note: 'after all that' }]);
  });
});

test('a schedule made by `temporal schedule create` loads tables and verifies them', async () => {
  const before = await epochOf('public.orders');
  await schedule('refresh', '{"pipeline":"shop","tables":"public.orders"}');
  await waitFor('the scheduled full sync', async () => (await epochOf('public.orders')) > before);
  // A table that is copied just now is left out of a verification.
  await scene.streaming();
  await schedule('verification', '{"pipeline":"shop","scope":"full"}');
  await waitFor('the scheduled verification', async () => (await verified()).length >= 2);
  expect(await verified()).toEqual(['passed', 'passed']);
  await temporal.run('schedule', 'delete', '--schedule-id', 'by-refresh');
  await temporal.run('schedule', 'delete', '--schedule-id', 'by-verification');
});

test('`sluice schedule` makes the same schedules, lists and removes them', async () => {
  const config = ['--config', scene.configPath];
  const sluice = (...words: string[]): ReturnType<typeof runCli> =>
    runCli(scene.directory, [...config, 'schedule', ...words], scene.env);
  for (const kind of ['verify', 'full-sync']) {
    const added = await sluice('add', kind, '--cron', '0 3 * * *', '--timezone', 'Europe/Berlin');
    expect(added).toMatchObject({ code: 0, err: '' });
  }
  const [epoch, verifications] = [await epochOf('public.lines'), (await verified()).length];
  const trigger = (kind: string): Promise<string> =>
    temporal.run('schedule', 'trigger', '--schedule-id', `${PIPELINE}/schedule/${kind}`);
  await scene.streaming();
  await trigger('verify');
  await waitFor('a verification', async () => (await verified()).length > verifications);
  await trigger('fullSync');
  await waitFor('a full sync', async () => (await epochOf('public.lines')) > epoch);
  await waitFor('both are listed', async () => {
    const { out } = await sluice('list');
    return out.includes('schedule/verify') && out.includes('schedule/fullSync');
  });
  for (const kind of ['verify', 'full-sync']) expect((await sluice('remove', kind)).code).toBe(0);
});

test('`sluice apply` removes the schedule of a target that the configuration lacks', async () => {
  const id = `${PIPELINE}/schedule/verify/gone`;
  const what = ['--type', 'verification', '--task-queue', 'sluice', '--interval', '1d'];
  const input = '{"pipeline":"shop","target":"gone"}';
  await temporal.run('schedule', 'create', '--schedule-id', id, ...what, '--input', input);
  await waitFor('it is removed', async () => {
    const applied = await runCli(
      scene.directory,
      ['--config', scene.configPath, 'apply'],
      scene.env,
    );
    expect(applied).toMatchObject({ code: 0, err: '' });
    return applied.out.includes(`the schedule ${id} is removed`);
  });
  const listed = await temporal.run('schedule', 'describe', '--schedule-id', id).catch(String);
  expect(listed).toMatch(/not found/i);
});

async function rejections(): Promise<string> {
  const rows = await scene.targetSql<{ message: string }>(
    `select message from sluice.event where kind = 'command.rejected'`,
  );
  return rows.map((row) => row.message).join('\n');
}

async function schedule(type: string, input: string): Promise<void> {
  const what = ['--type', type, '--task-queue', 'sluice', '--workflow-id', `scheduled-${type}`];
  const id = ['--schedule-id', `by-${type}`];
  await temporal.run('schedule', 'create', ...id, ...what, '--interval', '1d', '--input', input);
  await temporal.run('schedule', 'trigger', ...id);
}

async function verified(): Promise<string[]> {
  const rows = await scene.targetSql<{ result: string }>(`
    select result from sluice.verification where scope = 'full' and finished_at is not null`);
  return rows.map((row) => row.result);
}

function signal(id: string, name: string, input?: string): Promise<string> {
  return temporalSignal(id, name, input === undefined ? [] : ['--input', input]);
}

function temporalSignal(id: string, name: string, words: readonly string[]): Promise<string> {
  return temporal.run('workflow', 'signal', '--workflow-id', id, '--name', name, ...words);
}

function query(id: string): Promise<string> {
  return temporal.run('workflow', 'query', '--workflow-id', id, '--type', 'status');
}

async function statusOf(id: string): Promise<string> {
  const text = await temporal.run('workflow', 'describe', '--workflow-id', id, '--output', 'json');
  return /"status":\s*"WORKFLOW_EXECUTION_STATUS_(\w+)"/.exec(text)?.[1] ?? text;
}

async function failedTasks(id: string): Promise<number> {
  const text = await temporal.run('workflow', 'show', '--workflow-id', id, '--output', 'json');
  return text.split('EVENT_TYPE_WORKFLOW_TASK_FAILED').length - 1;
}

async function stateOf(slug: string): Promise<{ phase: string; epoch: string } | undefined> {
  return (await scene.tableStates()).find((row) => row.slug === slug);
}

async function phaseOf(slug: string): Promise<string | undefined> {
  return (await stateOf(slug))?.phase;
}

async function epochOf(slug: string): Promise<number> {
  return Number((await stateOf(slug))?.epoch ?? 0);
}

async function untilPhase(slug: string, phase: string): Promise<void> {
  await waitFor(`${slug} is ${phase}`, async () => (await phaseOf(slug)) === phase);
}
