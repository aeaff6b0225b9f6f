import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { fullSyncId } from '../../src/core/ids.js';
import { statusOf, World } from './harness.js';

let world: World;
beforeAll(async () => {
  world = await World.open('start');
});
afterAll(() => world.close());

test('a pipeline started with its name alone brings its tables to streaming', async () => {
  for (const slug of ['public.a', 'public.b', 'public.c']) world.database.add(slug);
  const handle = await world.temporal.client.workflow.start('pipeline', {
    workflowId: 'sluice/shop',
    taskQueue: 'sluice',
    args: [{ pipeline: 'shop' }],
  });
  for (const slug of ['public.a', 'public.b', 'public.c']) await world.untilStreaming(slug);
  expect(await statusOf(handle)).toMatchObject({ pipeline: 'shop', fault: null, rejected: [] });
  expect(world.script.clashes).toEqual([]);
  await world.until('its lane works', () => world.database.lanes.size > 0);
  expect([...world.database.lanes.keys()]).toEqual(['replica/0']);
});

test('the Web UI has each step of a copy by its name, an activity with retries', async () => {
  const id = fullSyncId({ pipeline: 'shop', target: 'replica', slug: 'public.a', epoch: '1' });
  const copy = world.temporal.client.workflow.getHandle(id);
  await copy.result(); // a table streams from its cut-over on, the last step comes after it
  const { events } = await copy.fetchHistory();
  const scheduled = (events ?? []).flatMap((event) => {
    const activity = event.activityTaskScheduledEventAttributes;
    if (activity == null) return [];
    const { data } = event.userMetadata?.summary ?? {};
    const said: unknown = JSON.parse(Buffer.from(data ?? []).toString('utf8'));
    return [{ said, attempts: activity.retryPolicy?.maximumAttempts ?? 0 }];
  });
  const steps = scheduled.map(({ said }) => said);
  const names = [
    ...['wait for the stream', 'stage', 'copy lane 1', 'copy lane 2'],
    ...['keys and indexes', 'cut over', 'finish'],
  ];
  expect([...new Set(steps)]).toEqual(names.map((step) => `${step} · public.a`));
  expect(scheduled.filter(({ attempts }) => attempts < 2)).toEqual([]);
});

describe('a workflow started by hand with something else is refused', () => {
  test.each([
    ['pipeline', 'shop', [{ pipeline: 'shop' }]],
    ['pipeline', 'sluice/other', []],
    ['pipeline', 'sluice/other2', ['shop']],
    ['pipeline', 'sluice/other3', [{ pipeline: 7 }]],
    ['pipeline', 'sluice/other4', [null]],
    ['table', 'sluice/shop/replica/t/wrong', [{ pipeline: 'shop', target: 'replica', slug: 'x' }]],
    ['table', 'sluice/shop/replica/t/wrong2', []],
    ['changeStream', 'sluice/shop/replica/lane/9', [{ pipeline: 'shop', target: 'replica', n: 8 }]],
    ['fullSync', 'sluice/shop/replica/t/x/full/1', [{ pipeline: 'shop' }]],
    ['verification', 'sluice/shop/run/verify/x', [[]]],
    ['refresh', 'sluice/shop/run/refresh/x', [42]],
  ])('%s as %s', async (type, workflowId, args) => {
    const started = world.temporal.client.workflow.execute(type, {
      workflowId,
      taskQueue: 'sluice',
      args,
    });
    const error: unknown = await started.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(WorkflowFailedError);
    const { cause } = error as WorkflowFailedError;
    expect(cause).toBeInstanceOf(ApplicationFailure);
    expect((cause as ApplicationFailure).type).toBe('COMMAND_INVALID');
  });
});

test('tuning of a wrong type is replaced by the defaults', async () => {
  world.database.add('public.tuned');
  const handle = await world.startTable('public.tuned', {
    heartbeatTimeoutMs: 'soon',
    firstRetryMs: -1,
    backOffMs: null,
  });
  await world.untilStreaming('public.tuned');
  await handle.terminate();
});
