import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client';
import { FAST } from './fake-database.js';
import { statusOf, World } from './harness.js';

let world: World;
beforeAll(async () => {
  world = await World.open('roll over');
});
afterAll(() => world.close());

function firstRunOf(table: WorkflowExecutionDescription): unknown {
  return table.raw.workflowExecutionInfo?.firstRunId;
}

/** Runs of one workflow id, the running one included. */
async function runsOf(handle: WorkflowHandle): Promise<number> {
  const { historyLength } = await handle.describe();
  expect(historyLength).toBeLessThan(700);
  const query = `WorkflowId = "${handle.workflowId}"`;
  return (await world.temporal.client.workflow.count(query)).count;
}

test('a table that rolls over under a flood of signals loses no command', async () => {
  const slug = 'public.flood';
  world.database.add(slug, { phase: 'streaming', epoch: 1 });
  const table = await world.startTable(slug, { rollOverAtEvents: 120 });
  for (let n = 0; n < 120; n++) {
    await table.signal(n % 2 === 0 ? 'pause' : 'resume', { requestId: `flood-${n}` });
  }
  await table.signal('forceResync', { requestId: 'last' });
  await world.until('the last one was carried out', () => world.database.table(slug).epoch === 2);
  await world.untilStreaming(slug);
  const obeyed = world.database.events.filter((event) => event.startsWith(slug));
  expect(new Set(obeyed).size).toBe(obeyed.length);
  expect(obeyed.some((event) => event.endsWith('flood-119'))).toBe(true);
  await world.until('it rolled over', async () => (await runsOf(table)) > 1);
  expect((await statusOf(table)).rejected).toEqual([]);
});

test('a repeated request id is known after the roll-over', async () => {
  const slug = 'public.flood';
  await world.table(slug).signal('forceResync', { requestId: 'last' });
  await world.tell(world.table(slug), 'update', 'verify', { requestId: 'after' });
  await world.until('it was heard', () => world.script.count('verifyTable') > 0);
  expect(world.database.table(slug).epoch).toBe(2);
});

test('tables survive the roll-over of their pipeline, which loses no command', async () => {
  world.database.tuning = { ...FAST, rollOverAtEvents: 60 };
  const slugs = ['public.one', 'public.two', 'public.three'];
  for (const slug of slugs) world.database.add(slug);
  const pipeline = await world.startPipeline();
  for (const slug of slugs) await world.untilStreaming(slug);
  const before = await Promise.all(slugs.map((slug) => world.table(slug).describe()));
  for (let n = 0; n < 30; n++) {
    const tables = slugs[n % slugs.length];
    await pipeline.signal(n < 27 ? 'pause' : 'resume', { requestId: `p-${n}`, tables });
  }
  await world.until('all heard the last word', () =>
    slugs.every((slug) => {
      const { wanted, phase } = world.database.table(slug);
      const last = world.database.events.some((event) => event.startsWith(`${slug} resume`));
      return last && wanted === 'run' && phase === 'streaming';
    }),
  );
  await world.until('it rolled over', async () => (await runsOf(pipeline)) > 1);
  const after = await Promise.all(slugs.map((slug) => world.table(slug).describe()));
  expect(after.map(firstRunOf)).toEqual(before.map(firstRunOf));
  expect(after.every((table) => table.status.name === 'RUNNING')).toBe(true);
  expect((await statusOf(pipeline)).fault).toBeNull();
});

/** A run that begins with a signal has four events at once and rolls over, one without has three. */
test.each([
  { type: 'changeStream', id: 'lane/7', ref: { n: 7 }, as: 'replica, lane 7' },
  { type: 'table', id: 't/public.told', ref: { slug: 'public.told' }, as: 'replica, public.told' },
])(
  'what a $type rejects as it rolls over is told by its next run',
  async ({ type, id, ref, as }) => {
    world.database.add('public.told', { phase: 'streaming', epoch: 1 });
    const { pipeline } = world.database;
    const handle = await world.temporal.client.workflow.signalWithStart(type, {
      workflowId: `sluice/${pipeline}/replica/${id}`,
      taskQueue: 'sluice',
      args: [{ pipeline, target: 'replica', ...ref, tuning: { ...FAST, rollOverAtEvents: 4 } }],
      signal: 'pause',
      signalArgs: ['not a command'],
    });
    const told = () => world.database.events.filter((one) => one.startsWith(`rejected ${as}: `));
    await world.until('the journal knows', () => told().length > 0);
    await world.until('it rolled over', async () => (await runsOf(handle)) > 1);
    expect(told()).toHaveLength(1);
    expect(await statusOf(handle)).toMatchObject({ rejected: [expect.any(String)] });
    await handle.terminate();
  },
);

test('a full sync that rolls over goes on where it stood', async () => {
  const slug = 'public.long';
  const table = world.database.add(slug, { copyLanes: 1 });
  let unready = 5;
  world.script.fail('awaitHandOver', () => (unready-- > 0 ? new Error('not yet') : null));
  const open = world.script.hold('copyChunks');
  const handle = await world.startTable(slug, { rollOverAtEvents: 25 });
  await world.until('it copies', () => world.script.isRunning('copyChunks', slug));
  open();
  await world.untilStreaming(slug);
  expect(table.epoch).toBe(1);
  await world.tell(handle, 'update', 'stop');
});
