import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WorkflowHandle } from '@temporalio/client';
import { COMMANDS } from '../../src/core/protocol.js';
import { statusOf, World } from './harness.js';

let world: World;
const handles = new Map<string, WorkflowHandle>();
beforeAll(async () => {
  world = await World.open('malformed');
  world.database.add('public.a');
  handles.set('pipeline', await world.startPipeline());
  await world.untilStreaming('public.a');
  handles.set('table', world.table('public.a'));
  handles.set('lane', world.temporal.client.workflow.getHandle('sluice/shop/replica/lane/0'));
});
afterAll(() => world.close());

const MALFORMED: readonly unknown[] = [
  'text',
  ['an', 'array'],
  [],
  42,
  -0.5,
  true,
  { unknown: 1 },
  { requestId: 7 },
  { requestId: 'with spaces in it' },
  { by: {} },
  { reason: 'x'.repeat(501) },
  { tables: ['public.a'] },
  { target: 1 },
  'x'.repeat(200_000),
  new Uint8Array([1, 2, 3]),
  { ['k'.repeat(100_000)]: 1 },
];

function handleOf(receiver: string): WorkflowHandle {
  const found = handles.get(receiver);
  if (found === undefined) throw new Error(`no ${receiver}`);
  return found;
}

/** A resync was among the commands; a table that is paused in the midst of it stays there. */
async function untilAllIsDone(): Promise<void> {
  for (const receiver of ['pipeline', 'table']) {
    await world.until(`no command waits for the ${receiver}`, async () => {
      const { waiting, doing = 'rest' } = await statusOf(handleOf(receiver));
      return waiting.length === 0 && doing === 'rest';
    });
  }
  await world.untilStreaming('public.a');
}

describe.each(['pipeline', 'table', 'lane'])('a %s', (receiver) => {
  const handle = (): WorkflowHandle => handleOf(receiver);

  test('refuses malformed updates with an answer', async () => {
    for (const payload of MALFORMED) {
      const answer: unknown = await handle().executeUpdate<unknown, [unknown]>('pause', {
        args: [payload],
      });
      expect(answer).toMatchObject({ accepted: false, requestId: null });
    }
  });

  test('outlives malformed signals and says so in its status', async () => {
    for (const command of COMMANDS) {
      for (const payload of MALFORMED.slice(0, 6)) await handle().signal(command, payload);
      await handle()
        .signal(command, {}, 'a second argument')
        .catch(() => undefined);
      if (command === 'pause') await handle().signal('resume');
      if (command === 'verify') break;
    }
    await handle().signal('explode', { now: true });
    await world.until('the rejections are shown', async () =>
      (await statusOf(handle())).rejected.some((message) => message.includes('"explode"')),
    );
    const text = JSON.stringify(await statusOf(handle()));
    expect(text.length).toBeLessThan(4_096);
    expect(await world.is(handle(), 'RUNNING')).toBe(true);
  });
});

test.each([
  ['pipeline', 'rejected The command '],
  ['table', 'rejected replica, public.a: The command '],
  ['lane', 'rejected replica, lane 0: The command '],
])('a %s tells the journal', async (_receiver, beginning) => {
  await world.until('the journal knows', () =>
    world.database.events.some(
      (event) => event.startsWith(beginning) && event.includes('was rejected'),
    ),
  );
});

test.each(['pipeline', 'table'])('a %s still obeys', async (receiver) => {
  const handle = handleOf(receiver);
  await untilAllIsDone();
  await world.tell(handle, 'update', 'pause', { reason: 'after all that' });
  await world.until('paused', () => world.database.table('public.a').phase === 'paused');
  await world.tell(handle, 'update', 'resume');
  await world.untilStreaming('public.a');
});
