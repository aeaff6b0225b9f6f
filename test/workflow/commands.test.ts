import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WorkflowHandle } from '@temporalio/client';
import { pipelineId, verificationId } from '../../src/core/ids.js';
import type { CommandName, TablePhase } from '../../src/core/protocol.js';
import { failure } from './fake-activities.js';
import { World, statusOf } from './harness.js';

let world: World;
beforeAll(async () => {
  world = await World.open('commands');
});
afterAll(() => world.close());

const FORMS = ['update', 'signal'] as const;
const RECEIVERS = ['table', 'pipeline'] as const;

describe.each(RECEIVERS)('given to a %s', (receiver) => {
  test.each(FORMS)('every command is carried out as %s', async (form) => {
    const slug = `public.${receiver}-${form}`;
    const { database } = world;
    database.add(slug);
    const pipeline = await ensurePipeline();
    await world.untilStreaming(slug);
    const table = world.table(slug);
    const handle = receiver === 'table' ? table : pipeline;
    const tell = (command: CommandName, requestId: string): Promise<void> =>
      world.tell(handle, form, command, {
        requestId,
        by: 'test',
        reason: 'test',
        ...(receiver === 'pipeline' ? { tables: slug } : {}),
      });
    const untilPhase = (phase: TablePhase): Promise<unknown> =>
      world.until(`${slug} is ${phase}`, () => database.table(slug).phase === phase);

    await tell('pause', `${slug}-1`);
    await untilPhase('paused');
    await tell('resume', `${slug}-2`);
    await untilPhase('streaming');
    await tell('forceResync', `${slug}-3`);
    await world.until('the second epoch streams', () => {
      const { epoch, phase } = database.table(slug);
      return epoch === 2 && phase === 'streaming';
    });

    world.script.fail('resumeTable', () => null);
    database.quarantine(database.table(slug), 'ROW_REJECTED');
    await tell('retry', `${slug}-4`);
    await untilPhase('streaming');

    const verified = world.script.count('verifyTable');
    await tell('verify', `${slug}-5`);
    await world.until('it was verified', () => world.script.count('verifyTable') > verified);

    await tell('applyConfig', `${slug}-6`);
    if (receiver === 'pipeline') {
      const reconciled = world.script.count('reconcilePipeline');
      await tell('applyConfig', `${slug}-7`);
      const again = (): boolean => world.script.count('reconcilePipeline') > reconciled;
      await world.until('it was reconciled', again);
    } else {
      await world.tell(table, form, 'stop', { requestId: `${slug}-8` });
      await world.until('the table ended', () => world.is(table, 'COMPLETED'));
    }
    expect(world.script.clashes).toEqual([]);
  });
});

test('stop ends the pipeline, its lanes and its tables, and a new start goes on', async () => {
  const slug = 'public.stopped';
  world.database.add(slug);
  const pipeline = await ensurePipeline();
  await world.tell(pipeline, 'update', 'applyConfig', {});
  await world.untilStreaming(slug);
  await world.tell(pipeline, 'update', 'stop', { tables: slug });
  await world.until('a partial stop is refused', async () =>
    (await statusOf(pipeline)).rejected.some((message) => message.includes('whole pipeline')),
  );
  await world.tell(pipeline, 'update', 'stop', {});
  await pipeline.result();
  await world.until('the table ended', () => world.is(world.table(slug), 'COMPLETED'));
  const lane = world.temporal.client.workflow.getHandle('sluice/shop/replica/lane/0');
  await world.until('the lane ended', () => world.is(lane, 'COMPLETED'));

  const epoch = world.database.table(slug).epoch;
  await ensurePipeline();
  await world.until('the table runs again', () => world.is(world.table(slug), 'RUNNING'));
  expect(world.database.table(slug).epoch).toBe(epoch);
});

test('a repeated update id is answered from memory and a repeated request id is done once', async () => {
  const slug = 'public.once';
  world.database.add(slug);
  const table = await world.startTable(slug);
  await world.untilStreaming(slug);
  const ask = (updateId: string, payload: object): Promise<unknown> =>
    table.executeUpdate('forceResync', { updateId, args: [payload] });
  const first = await ask('update-1', {});
  expect(first).toMatchObject({ accepted: true, requestId: 'update-1' });
  expect(await ask('update-1', {})).toEqual(first);
  expect(await ask('update-2', { requestId: 'update-1' })).toMatchObject({
    accepted: true,
    message: 'forceResync was asked for before.',
  });
  await world.until('epoch 2', () => world.database.table(slug).epoch === 2);
  await world.untilStreaming(slug);
  await world.tell(table, 'update', 'stop', {});
  await table.result();
  expect(world.database.table(slug).epoch).toBe(2);
});

test('a command of SQL is carried out and answered', async () => {
  const slug = 'public.sql';
  world.database.add(slug);
  const pipeline = await ensurePipeline();
  await world.tell(pipeline, 'update', 'applyConfig', {});
  await world.untilStreaming(slug);
  const command = {
    command: 'pause' as const,
    requestId: 'sql-1',
    by: 'sql',
    reason: 'asked for in SQL',
    tables: '*',
    target: null,
  };
  world.script.fail('answerCommand', (times) => (times < 3 ? new Error('away') : null));
  world.database.sqlCommands.push({ command, target: 'replica', slugs: [slug] });
  await world.until('paused', () => world.database.table(slug).phase === 'paused');
  await world.until('answered', () => world.database.answers.includes('sql-1: sent to 1 table(s)'));
});

test('a command for one target is carried out there alone, and is verified there alone', async () => {
  const { database } = world;
  const [slug, target] = ['public.elsewhere', 'other'];
  for (const one of ['replica', target]) {
    database.add(slug, { target: one, phase: 'streaming', epoch: 1 });
  }
  const pipeline = await ensurePipeline();
  await world.until('both run', async () => {
    const tables = ['replica', target].map((one) => world.table(slug, one));
    return (await Promise.all(tables.map((one) => world.is(one, 'RUNNING')))).every(Boolean);
  });
  await world.tell(pipeline, 'update', 'forceResync', { tables: slug, target });
  await world.until('its next epoch', () => database.table(slug, target).epoch === 2);
  await world.untilStreaming(slug, target);
  const requestId = 'verify-elsewhere';
  await world.tell(pipeline, 'update', 'verify', { tables: slug, target, requestId });
  const verification = world.temporal.client.workflow.getHandle(verificationId('shop', requestId));
  await world.until('it was verified', () =>
    world.is(verification, 'COMPLETED').catch(() => false),
  );
  expect(await verification.result()).toMatchObject({ passed: 1, failed: 0 });
  expect(database.table(slug).epoch).toBe(1);
  database.tables.delete(`${target}/${slug}`);
});

test('a command that no table matches is said in the status', async () => {
  const pipeline = await ensurePipeline();
  await world.tell(pipeline, 'signal', 'pause', { tables: 'nothing.like.it' });
  await world.until('it is said', async () =>
    (await statusOf(pipeline)).rejected.some((message) => message.includes('no table matches')),
  );
});

test('verify of a pipeline starts one verification of the matching tables', async () => {
  const pipeline = await ensurePipeline();
  const requestId = 'verify-all';
  await world.tell(pipeline, 'signal', 'verify', { requestId });
  const id = verificationId('shop', requestId);
  await world.until('it has ended', () =>
    world.is(world.temporal.client.workflow.getHandle(id), 'COMPLETED'),
  );
  const summary: unknown = await world.temporal.client.workflow.getHandle(id).result();
  expect(summary).toMatchObject({ failed: 0, errors: 0, passed: world.database.tables.size });
});

test('a verification tells the tables that it could not compare, and why', async () => {
  const pipeline = await ensurePipeline();
  const [one] = world.database.ofTarget('replica');
  const slug = one?.slug ?? '';
  world.script.failFor('verifyTable', slug, () => failure('PERMISSION_DENIED', 'Not allowed.'));
  const requestId = 'verify-some';
  await world.tell(pipeline, 'signal', 'verify', { requestId });
  const handle = world.temporal.client.workflow.getHandle(verificationId('shop', requestId));
  await world.until('it has ended', () => world.is(handle, 'COMPLETED'));
  expect(await handle.result()).toMatchObject({
    errors: 1,
    passed: world.database.tables.size - 1,
    notVerified: [`${slug} → replica: PERMISSION_DENIED: Not allowed.`],
  });
});

/** The running pipeline, which by now knows every table. */
async function ensurePipeline(): Promise<WorkflowHandle> {
  const handle = world.temporal.client.workflow.getHandle(pipelineId('shop'));
  const running = await world.is(handle, 'RUNNING').catch(() => false);
  if (!running) return world.startPipeline();
  await world.tell(handle, 'update', 'applyConfig', {});
  return handle;
}

test('a command of SQL for more tables than a page holds reaches all of them', async () => {
  const { database } = world;
  const slugs = ['public.many-a', 'public.many-b', 'public.many-c'];
  for (const slug of slugs) database.add(slug);
  const pipeline = await ensurePipeline();
  await world.tell(pipeline, 'signal', 'applyConfig', {
    requestId: 'many',
    by: 'test',
    reason: '',
  });
  for (const slug of slugs) await world.untilStreaming(slug);
  const command = { command: 'pause', requestId: 'sql-c77', by: 'test', reason: 'many' } as const;
  database.sqlCommands.push({
    command: { ...command, tables: '*', target: null },
    target: 'replica',
    slugs: [],
    all: { pattern: 'public.many-*', tables: 3 },
  });
  await world.until('all of them are paused', () =>
    slugs.every((slug) => database.table(slug).phase === 'paused'),
  );
  await world.until('it is answered', () =>
    database.answers.includes('sql-c77: sent to 3 table(s)'),
  );
});
