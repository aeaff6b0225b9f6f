/** Full sync and verification by the clock, for a pipeline or for one of its targets. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { WorkflowFailedError } from '@temporalio/client';
import { SchedulesClient, type ScheduleSpec } from '../../src/client/schedules.js';
import { failureOf } from '../../src/workflows/fault.js';
import { failure } from './fake-activities.js';
import { World } from './harness.js';

const TARGETS = ['other', 'replica'];

let world: World;
let schedules: SchedulesClient;
beforeAll(async () => {
  world = await World.open('schedules');
  schedules = new SchedulesClient(world.temporal.client);
  for (const target of TARGETS) {
    world.database.add('public.a', { target, phase: 'streaming', epoch: 1 });
  }
  await world.startPipeline();
  for (const target of TARGETS) {
    const table = world.table('public.a', target);
    await world.until('it runs', () => world.is(table, 'RUNNING').catch(() => false));
  }
});
afterEach(() => world.script.reset());
afterAll(() => world.close());

const epochs = (): number[] =>
  TARGETS.map((target) => world.database.table('public.a', target).epoch);

function spec(more: Partial<ScheduleSpec>): ScheduleSpec {
  const never = { cron: '0 0 1 1 *', timezone: 'UTC' };
  return { pipeline: 'shop', kind: 'fullSync', tables: '*', ...never, ...more };
}

async function run(more: Partial<ScheduleSpec>): Promise<void> {
  const id = await schedules.put(spec(more));
  await world.temporal.client.schedule.getHandle(id).trigger();
}

test('a full sync of one target leaves the other one alone; one of all asks both', async () => {
  await run({ target: 'other' });
  await world.until('it is copied', () => epochs().join() === '2,1');
  await world.untilStreaming('public.a', 'other');
  await run({});
  await world.until('both are copied', () => epochs().join() === '3,2');
});

test('a table that somebody paused is let rest by a full sync of the clock', async () => {
  for (const target of TARGETS) await world.untilStreaming('public.a', target);
  const [before] = epochs();
  const paused = world.table('public.a', 'replica');
  await world.tell(paused, 'update', 'pause');
  const row = world.database.table('public.a', 'replica');
  await world.until('it is paused', () => row.phase === 'paused');
  const { epoch } = row;
  const { schedule, workflow } = world.temporal.client;
  const clock = schedule.getHandle(await schedules.put(spec({})));
  const taken = async () => (await clock.describe()).info.recentActions;
  const runs = (await taken()).length;
  await clock.trigger();
  await world.until('it was started', async () => (await taken()).length > runs);
  const started = (await taken()).at(-1)?.action.workflow.workflowId ?? '';
  expect(await workflow.getHandle(started).result()).toEqual({ asked: 1, absent: 0 });
  await world.until('the other one is copied', () => epochs()[0] === (before ?? 0) + 1);
  expect(row).toMatchObject({ epoch, phase: 'paused', wanted: 'pause' });
  await world.tell(paused, 'update', 'resume');
  await world.untilStreaming('public.a', 'replica');
});

test('a verification of one target compares no table of the other one', async () => {
  const before = world.script.count('verifyTable');
  await run({ kind: 'verify', target: 'other' });
  const query = 'WorkflowType = "verification" AND ExecutionStatus = "Completed"';
  const { workflow } = world.temporal.client;
  await world.until('it is done', async () => (await workflow.count(query)).count === 1);
  expect(world.script.count('verifyTable')).toBe(before + 1);
});

test('those of a pipeline and of its targets are found by what they ask, and go', async () => {
  const whole = await schedules.put(spec({ kind: 'verify' }));
  const one = await schedules.put(spec({ kind: 'verify', target: 'replica' }));
  expect(await schedules.of('shop', ['replica'], false)).toEqual([one]);
  expect(await schedules.of('shop', TARGETS, true)).toEqual(expect.arrayContaining([whole, one]));
  expect(await schedules.of('sho', TARGETS, true)).toEqual([]);
  for (const id of await schedules.of('shop', TARGETS, true)) await schedules.remove(id);
  expect(await schedules.of('shop', TARGETS, true)).toEqual([]);
});

test('those of targets that have left the pipeline are found, and no other ones', async () => {
  await schedules.put(spec({ kind: 'verify' }));
  await schedules.put(spec({ kind: 'verify', target: 'replica' }));
  await schedules.put(spec({ pipeline: 'shop-two', kind: 'verify', target: 'other' }));
  const gone = await schedules.put(spec({ kind: 'verify', target: 'other' }));
  const isListed = async () => (await schedules.list()).some(({ scheduleId: id }) => id === gone);
  await world.until('it is listed', isListed);
  expect(await schedules.ofGone('shop', ['replica'])).toEqual([gone]);
  await schedules.remove(gone);
  expect(await schedules.ofGone('shop', ['replica'])).toEqual([]);
  for (const pipeline of ['shop', 'shop-two']) {
    for (const id of await schedules.of(pipeline, TARGETS, true)) await schedules.remove(id);
  }
});

test('a target that does not answer keeps no other one from being copied, and is said', async () => {
  for (const target of TARGETS) await world.untilStreaming('public.a', target);
  const [, before = 0] = epochs();
  // Pages are read target by target, this one first.
  world.script.failFor('matchTables', 'other', () => failure('DATABASE_MISSING', 'It is gone.'));
  const refresh = world.temporal.client.workflow.execute('refresh', {
    workflowId: 'sluice/shop/run/refresh/by-hand',
    taskQueue: 'sluice',
    args: [{ pipeline: 'shop' }],
  });
  const error: unknown = await refresh.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(WorkflowFailedError);
  expect(failureOf(error)).toMatchObject({ code: 'DATABASE_MISSING', message: 'It is gone.' });
  await world.until('the other one is copied', () => epochs()[1] === before + 1);
});
