/** Short lives of every workflow, told with an idle end, as a deployment would find them. */
import type { WorkflowHandle } from '@temporalio/client';
import { fullSyncId } from '../../src/core/ids.js';
import { failure } from '../workflow/fake-activities.js';
import { statusOf, type World } from '../workflow/harness.js';

export interface Told {
  readonly name: string;
  readonly handle: WorkflowHandle;
}

/** Live through everything and say which workflows have which story. */
export async function liveThroughEverything(world: World): Promise<Told[]> {
  const told: Told[] = [];
  const tell = (name: string, handle: WorkflowHandle): number => told.push({ name, handle });
  const child = (slug: string): WorkflowHandle =>
    world.temporal.client.workflow.getHandle(
      fullSyncId({ pipeline: 'shop', target: 'replica', slug, epoch: '1' }),
    );
  for (const slug of ['public.plain', 'public.mended', 'public.paused']) world.database.add(slug);
  world.database.add('public.polls', { polls: true, phase: 'streaming', epoch: 1 });
  world.script.failFor('bootstrapTable', 'public.mended', (n) =>
    n === 1 ? failure('KEY_MISSING') : null,
  );
  world.script.failFor('finishStage', 'public.plain', (n) => (n < 7 ? failure('DEADLOCK') : null));
  const pipeline = await world.startPipeline();

  await world.untilStreaming('public.plain');
  tell('full-sync-with-failures', child('public.plain'));
  const plain = world.table('public.plain');
  await world.tell(plain, 'update', 'forceResync', { requestId: 'resync' });
  await world.until('epoch 2', () => world.database.table('public.plain').epoch === 2);
  await world.untilStreaming('public.plain');
  await plain.signal('pause', 'malformed');
  tell('table-resynced-and-idle', plain);

  const mended = world.database.table('public.mended');
  await world.until('quarantined', () => mended.phase === 'quarantined');
  await world.tell(world.table('public.mended'), 'signal', 'retry');
  await world.untilStreaming('public.mended');
  tell('table-quarantined-and-retried', world.table('public.mended'));

  await pauseInMidCopy(world);
  tell('table-paused-in-mid-copy', world.table('public.paused'));
  tell('full-sync-cancelled', child('public.paused'));

  const polls = world.table('public.polls');
  await world.until('it polls', () => world.script.isRunning('pollTable', 'public.polls'));
  tell('table-polling', polls);

  await world.tell(pipeline, 'update', 'verify', { requestId: 'verify' });
  const verification = world.temporal.client.workflow.getHandle('sluice/shop/run/verify/verify');
  await world.until('verified', () => world.is(verification, 'COMPLETED'));
  tell('verification', verification);
  tell('pipeline-watching', pipeline);
  tell('lane', world.temporal.client.workflow.getHandle('sluice/shop/replica/lane/0'));
  return told;
}

async function pauseInMidCopy(world: World): Promise<void> {
  const slug = 'public.paused';
  const table = world.table(slug);
  await world.untilStreaming(slug);
  await world.tell(table, 'update', 'stop');
  await table.result();
  const open = world.script.hold('copyChunks');
  Object.assign(world.database.table(slug), { phase: 'fullSync', chunks: 3 });
  await world.startTable(slug);
  await world.until('it copies', () => world.script.isRunning('copyChunks', slug));
  await world.tell(table, 'update', 'pause');
  await world.until('it rests', async () => (await statusOf(table)).doing === 'rest');
  open();
}
