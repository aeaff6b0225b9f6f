/** `temporal workflow cancel`: an entity ends, but only after the work it started has ended. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { World } from './harness.js';

let world: World;
beforeAll(async () => {
  world = await World.open('cancel');
});
afterEach(() => world.script.reset());
afterAll(() => world.close());

test('a cancelled table in mid-copy ends after its copy, and the next one goes on', async () => {
  const slug = 'public.copying';
  world.database.add(slug);
  const open = world.script.hold('copyChunks', true);
  const table = await world.startTable(slug);
  await world.until('it copies', () => world.script.isRunning('copyChunks', slug));
  await table.cancel();
  await world.until('the copy was told to end', () => world.script.cancelled.has('copyChunks'));
  expect(await world.is(table, 'RUNNING')).toBe(true);
  open();
  await world.until('it has ended', () => world.is(table, 'CANCELLED'));
  expect(world.script.isRunning('copyChunks', slug)).toBe(false);
  await world.startTable(slug);
  await world.untilStreaming(slug);
  expect(world.database.table(slug).epoch).toBe(1);
  expect(world.script.clashes).toEqual([]);
});

test('a cancelled table that rests ends at once', async () => {
  world.database.add('public.resting', { phase: 'streaming', epoch: 1 });
  const table = await world.startTable('public.resting');
  await world.until('it has looked', () => world.script.count('readTable') > 0);
  await table.cancel();
  await world.until('it has ended', () => world.is(table, 'CANCELLED'));
});

test('a cancelled table in a back-off ends at once', async () => {
  world.database.add('public.waiting');
  world.script.fail('readTable', () => new Error('as scripted'));
  const table = await world.startTable('public.waiting', { backOffMs: 60_000 });
  await world.until('it has tried', () => world.script.count('readTable') > 5);
  await table.cancel();
  await world.until('it has ended', () => world.is(table, 'CANCELLED'));
});

test('a cancelled full sync is started again by its table', async () => {
  const slug = 'public.child';
  world.database.add(slug);
  const open = world.script.hold('copyChunks');
  await world.startTable(slug);
  await world.until('it copies', () => world.script.isRunning('copyChunks', slug));
  const { calls } = world.script;
  const before = calls.filter((call) => call === `prepareStage ${slug}`).length;
  await world.temporal.client.workflow.getHandle(`${world.table(slug).workflowId}/full/1`).cancel();
  await world.until(
    'it is copied again',
    () => calls.filter((call) => call === `prepareStage ${slug}`).length > before,
  );
  open();
  await world.untilStreaming(slug);
});

test('a cancelled pipeline ends after its own work and leaves its children running', async () => {
  const pipeline = await world.startPipeline();
  const working = (name: string, subject: string): boolean => world.script.isRunning(name, subject);
  const beside = [
    ['watchPipeline', ''],
    ['verifyContinuously', 'replica'],
    ['followTarget', 'catalogue replica'],
    ['followTarget', 'schema replica'],
  ] as const;
  await world.until('it watches, verifies and follows', () =>
    beside.every(([name, subject]) => working(name, subject)),
  );
  await pipeline.cancel();
  await world.until('it has ended', () => world.is(pipeline, 'CANCELLED'));
  for (const [name, subject] of beside) expect(working(name, subject)).toBe(false);
  expect(await world.is(world.table('public.copying'), 'RUNNING')).toBe(true);
  await world.until('the lane works', () => working('applyChanges', 'replica'));
});

test('a cancelled lane ends after its apply', async () => {
  const lane = world.temporal.client.workflow.getHandle('sluice/shop/replica/lane/0');
  await lane.cancel();
  await world.until('it has ended', () => world.is(lane, 'CANCELLED'));
  expect(world.script.isRunning('applyChanges', 'replica')).toBe(false);
});
