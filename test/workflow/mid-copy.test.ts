import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fullSyncId } from '../../src/core/ids.js';
import type { TablePhase } from '../../src/core/protocol.js';
import { statusOf, World } from './harness.js';

let world: World;
beforeAll(async () => {
  world = await World.open('mid copy');
});
afterAll(() => world.close());

const child = (slug: string, epoch: number): string =>
  fullSyncId({ pipeline: 'shop', target: 'replica', slug, epoch: String(epoch) });
const handleOf = (slug: string, epoch: number) =>
  world.temporal.client.workflow.getHandle(child(slug, epoch));

async function startCopying(slug: string, stubborn = false): Promise<() => void> {
  world.database.add(slug);
  const open = world.script.hold('copyChunks', stubborn);
  await world.startTable(slug);
  await world.until('it copies', () => world.script.isRunning('copyChunks', slug));
  return open;
}

test('paused in mid-copy the child ends at the border, and resume goes on in the same epoch', async () => {
  const slug = 'public.paused';
  const open = await startCopying(slug);
  const table = world.table(slug);
  await world.tell(table, 'update', 'pause', { requestId: 'p1' });
  await world.until('pausing is written', () => world.database.table(slug).wanted === 'pause');
  expect(world.script.isRunning('copyChunks', slug)).toBe(false);
  expect(await world.is(handleOf(slug, 1), 'RUNNING')).toBe(false);
  expect(world.database.table(slug).phase).toBe('fullSync');
  open();
  await world.tell(table, 'signal', 'resume', { requestId: 'p2' });
  await world.untilStreaming(slug);
  expect(world.database.table(slug).epoch).toBe(1);
  expect(world.script.clashes).toEqual([]);
});

test('forceResync in mid-copy begins the next epoch only after the old child has ended', async () => {
  const slug = 'public.resync';
  world.script.cancelled.clear();
  const open = await startCopying(slug, true);
  await world.tell(world.table(slug), 'update', 'forceResync', { requestId: 'r1' });
  await world.until('the copy was told to end', () => world.script.cancelled.has('copyChunks'));
  expect(world.database.table(slug).epoch).toBe(1);
  expect(await world.is(handleOf(slug, 1), 'RUNNING')).toBe(true);
  open();
  await world.until('epoch 2', () => world.database.table(slug).epoch === 2);
  await world.untilStreaming(slug);
  expect(world.script.clashes).toEqual([]);
});

test('stop in mid-copy ends the table after its copy; a new start goes on in the same epoch', async () => {
  const slug = 'public.stop';
  const open = await startCopying(slug);
  const table = world.table(slug);
  await world.tell(table, 'signal', 'stop');
  await table.result();
  expect(world.script.isRunning('copyChunks', slug)).toBe(false);
  open();
  await world.startTable(slug);
  await world.untilStreaming(slug);
  expect(world.database.table(slug).epoch).toBe(1);
});

test('switched off in the configuration in mid-copy, a table rests when it is woken', async () => {
  const slug = 'public.off';
  const open = await startCopying(slug);
  const row = world.database.table(slug);
  row.enabled = false;
  await world.table(slug).signal('wake');
  await world.until('the copy ended', () => !world.script.isRunning('copyChunks', slug));
  await world.until('it rests', async () => (await statusOf(world.table(slug))).doing === 'rest');
  open();
  row.enabled = true;
  await world.table(slug).signal('wake');
  await world.untilStreaming(slug);
  expect(row.epoch).toBe(1);
});

test('a lane of the copy that fails ends the others before the copy is tried again', async () => {
  const slug = 'public.lane';
  world.script.fail('copyChunks', (times) => (times === 1 ? new Error('as scripted') : null));
  world.database.add(slug, { copyLanes: 3 });
  await world.startTable(slug);
  await world.untilStreaming(slug);
  expect(world.script.clashes).toEqual([]);
  world.script.mend('copyChunks');
});

describe('a full sync that an earlier life of the table left at work', () => {
  test('is waited for', async () => {
    const slug = 'public.left';
    const open = await startCopying(slug);
    await world.table(slug).terminate();
    const again = await world.startTable(slug);
    // A copy that ends before it was found would be begun once more, which is no harm.
    await world.until('it has found it', async () => {
      const { events } = await again.fetchHistory();
      return events?.some((one) => one.startChildWorkflowExecutionFailedEventAttributes != null);
    });
    open();
    await world.untilStreaming(slug);
    await world.until(
      'the table rests',
      async () => (await statusOf(world.table(slug))).doing === 'rest',
    );
    expect(world.database.table(slug).epoch).toBe(1);
    expect(world.script.calls.filter((call) => call === `prepareStage ${slug}`)).toHaveLength(1);
  });

  test('ends before the next epoch begins', async () => {
    const slug = 'public.left2';
    world.script.cancelled.clear();
    const open = await startCopying(slug, true);
    await world.table(slug).terminate();
    const again = await world.temporal.client.workflow.signalWithStart('table', {
      workflowId: world.table(slug).workflowId,
      taskQueue: 'sluice',
      args: [{ pipeline: 'shop', target: 'replica', slug, tuning: world.database.tuning }],
      signal: 'forceResync',
      signalArgs: [{ requestId: 'left2' }],
    });
    await world.until('the copy was told to end', () => world.script.cancelled.has('copyChunks'));
    expect(world.database.table(slug).epoch).toBe(1);
    open();
    await world.until('epoch 2', () => world.database.table(slug).epoch === 2);
    await world.untilStreaming(slug);
    expect(await world.is(again, 'RUNNING')).toBe(true);
    expect(world.script.clashes).toEqual([]);
  });
});

describe('pause and resume', () => {
  test.each<TablePhase>([
    'new',
    'bootstrapping',
    'catchingUp',
    'streaming',
    'paused',
    'quarantined',
  ])('in phase %s', async (phase) => {
    const slug = `public.in-${phase.toLowerCase()}`;
    const epoch = phase === 'new' || phase === 'bootstrapping' ? 0 : 1;
    const row = world.database.add(slug, { phase, epoch, before: 'streaming' });
    const table = await world.temporal.client.workflow.signalWithStart('table', {
      workflowId: world.table(slug).workflowId,
      taskQueue: 'sluice',
      args: [{ pipeline: 'shop', target: 'replica', slug, tuning: world.database.tuning }],
      signal: 'pause',
      signalArgs: [],
    });
    await world.until('it rests', async () => (await statusOf(table)).doing === 'rest');
    expect(row.wanted).toBe('pause');
    expect(row.bootstrapped).toBe(0);
    await world.tell(table, 'update', 'resume');
    if (phase === 'quarantined') await world.tell(table, 'update', 'retry');
    await world.untilStreaming(slug);
    expect(row.epoch).toBe(1);
  });
});

test('a table that polls is interrupted by a pause and polls again after it', async () => {
  const slug = 'public.polls';
  world.database.add(slug, { polls: true, phase: 'streaming', epoch: 1 });
  const table = await world.startTable(slug);
  await world.until('it polls', () => world.script.isRunning('pollTable', slug));
  await world.tell(table, 'update', 'pause');
  await world.until('it is paused', () => world.database.table(slug).phase === 'paused');
  expect(world.script.isRunning('pollTable', slug)).toBe(false);
  await world.tell(table, 'update', 'resume');
  await world.until('it polls', () => world.script.isRunning('pollTable', slug));
  await world.tell(table, 'signal', 'stop');
  await table.result();
});
