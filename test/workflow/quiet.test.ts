/** What an entity costs: no events while it rests, few in a long life, and small payloads. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WorkflowHandle } from '@temporalio/client';
import { statusOf, World } from './harness.js';

let world: World;
beforeAll(async () => {
  world = await World.open('quiet');
});
afterAll(() => world.close());

async function eventsOf(handle: WorkflowHandle): Promise<number> {
  return (await handle.describe()).historyLength;
}

const untilResting = (handle: WorkflowHandle): Promise<unknown> =>
  world.until('it rests', async () => (await statusOf(handle)).doing === 'rest');

test('a table that streams produces no events', async () => {
  world.database.add('public.idle');
  const table = await world.startTable('public.idle');
  await world.untilStreaming('public.idle');
  await untilResting(table);
  const before = await eventsOf(table);
  // Longer than every back-off and pause of this test's tuning.
  await delay(3_000);
  expect(await eventsOf(table)).toBe(before);
});

test('a life full of commands and failures stays under 600 events and 64 KB a payload', async () => {
  const slug = 'public.life';
  const row = world.database.add(slug);
  const table = await world.startTable(slug);
  await world.untilStreaming(slug);
  const reason = '漢'.repeat(500);
  // Each step from rest to rest: what a wake in the middle of a step adds is another matter.
  const streams = async (): Promise<void> => {
    await world.untilStreaming(slug);
    await untilResting(table);
  };
  await streams();
  for (let round = 1; round <= 5; round++) {
    await world.tell(table, 'update', 'pause', { reason });
    await world.until('paused', () => row.phase === 'paused');
    await untilResting(table);
    await world.tell(table, 'signal', 'resume', { reason });
    await streams();
    await world.tell(table, 'update', 'forceResync', { reason });
    await world.until('next epoch', () => row.epoch === round + 1);
    await streams();
    world.database.quarantine(row, 'ROW_REJECTED');
    await world.tell(table, 'update', 'retry', { reason });
    await streams();
    await table.signal('pause', 'malformed');
    await world.until('it was told', async () => (await statusOf(table)).rejected.length > 0);
    await untilResting(table);
  }
  const { events } = await table.fetchHistory();
  expect(events?.length).toBeLessThan(600);
  const largest = Math.max(...(events ?? []).map((event) => JSON.stringify(event).length));
  expect(largest).toBeLessThan(64 * 1024);
  expect(JSON.stringify(await statusOf(table)).length).toBeLessThan(4_096);
});
