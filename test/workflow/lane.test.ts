/** What a lane makes of the answers of its activity. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WorkflowHandle } from '@temporalio/client';
import { statusOf, World } from './harness.js';

let world: World;
let lane: WorkflowHandle;
beforeAll(async () => {
  world = await World.open('lane');
  world.database.add('public.a', { phase: 'streaming', epoch: 1 });
  lane = await world.startLane();
  await untilApplying();
});
afterAll(() => world.close());

const applies = (): boolean => world.script.isRunning('applyChanges', 'replica');
const untilApplying = (): Promise<unknown> => world.until('it applies', applies);

/** The next round ends so. */
async function answer(reason: 'gap' | 'fenced' | 'stopped', detail: string): Promise<void> {
  world.database.laneResults.push({ reason, detail, transactions: 0, changes: 0 });
  await world.until('it was answered', () => world.database.laneResults.length === 0);
}

test('a gap is dealt with for its reason, and the lane goes on', async () => {
  await answer('gap', 'the slot is gone');
  await world.until('it was dealt with', () => world.database.gaps.length > 0);
  expect(world.database.gaps).toEqual(['the slot is gone']);
  expect(world.database.table('public.a').faultCode).toBe('FEED_GAP');
  await untilApplying();
});

test('one that another owner has waits, longer every time, says so, and comes back', async () => {
  const well = async () => (await statusOf(lane)).fault === null;
  for (const failures of [1, 2, 3]) {
    const open = world.script.hold('applyChanges');
    await answer('fenced', 'the fence is higher');
    await world.until('it says so', async () =>
      (await statusOf(lane)).fault?.includes('another worker has taken the lane over'),
    );
    expect((await statusOf(lane)).failures).toBe(failures);
    open();
    // While it applies, which may be for hours.
    await world.until('it is forgotten', well);
    await untilApplying();
  }
  await answer('stopped', 'switched off');
  await world.until('it knows', async () => (await statusOf(lane)).last?.reason === 'stopped');
});

test('one that is switched off rests without an event until it is woken', async () => {
  const { historyLength } = await lane.describe();
  await statusOf(lane);
  expect((await lane.describe()).historyLength).toBe(historyLength);
  expect(applies()).toBe(false);
  await lane.signal('pause', 'malformed');
  await world.until('the journal knows', () =>
    world.database.events.some((event) => event.includes('lane 0: The command pause was')),
  );
  await lane.signal('wake');
  await untilApplying();
});
