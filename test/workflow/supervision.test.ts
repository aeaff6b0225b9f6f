import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { AddressedCommand, Command } from '../../src/core/protocol.js';
import { FakeDatabase, FAST } from './fake-database.js';
import { failure } from './fake-activities.js';
import { statusOf, World } from './harness.js';
import { patient } from '../support/wait-for.js';

let world: World;
beforeAll(async () => {
  world = await World.open('supervision');
});
afterEach(() => world.script.reset());
afterAll(() => world.close());

describe('a pipeline', () => {
  test('starts what is missing and takes a table that runs already as it is', async () => {
    for (const slug of ['public.a', 'public.b']) world.database.add(slug);
    const early = await world.startTable('public.a');
    const { runId } = await early.describe();
    await world.startPipeline();
    for (const slug of ['public.a', 'public.b']) await world.untilStreaming(slug);
    expect((await early.describe()).runId).toBe(runId);
  });

  test('brings back a terminated table and a terminated lane', async () => {
    const lane = world.temporal.client.workflow.getHandle('sluice/shop/replica/lane/0');
    await world.table('public.a').terminate();
    await lane.terminate();
    world.database.revision += 1;
    await world.until('the table runs', () => world.is(world.table('public.a'), 'RUNNING'));
    await world.until('the lane runs', () => world.is(lane, 'RUNNING'));
    expect(world.database.table('public.a').epoch).toBe(1);
  });

  test('starts a terminated table for a command, so that none is lost', async () => {
    const pipeline = world.temporal.client.workflow.getHandle('sluice/shop');
    await world.table('public.b').terminate();
    await world.tell(pipeline, 'update', 'forceResync', { tables: 'public.b' });
    await world.until('epoch 2', () => world.database.table('public.b').epoch === 2);
    await world.untilStreaming('public.b');
  });

  test('takes a new table of a new configuration', async () => {
    world.database.add('public.c');
    world.database.revision += 1;
    await world.untilStreaming('public.c');
  });

  test('ends a table that leaves the configuration', async () => {
    world.database.table('public.c').wanted = 'detach';
    world.database.wake('public.c');
    await world.until('detached', () => world.database.table('public.c').phase === 'detached');
    await world.until('ended', () => world.is(world.table('public.c'), 'COMPLETED'));
  });

  test('runs the lanes that tables have for themselves, as long as they are needed', async () => {
    const lane = (n: number) =>
      world.temporal.client.workflow.getHandle(`sluice/shop/replica/lane/${String(n)}`);
    world.database.ownLanes = [10, 20, 31];
    world.database.revision += 1;
    for (const n of [10, 20, 31]) {
      await world.until(`lane ${String(n)} runs`, () => world.is(lane(n), 'RUNNING'));
    }
    world.database.ownLanes = [10];
    world.database.revision += 1;
    for (const n of [20, 31]) {
      await world.until(`lane ${String(n)} ended`, () => world.is(lane(n), 'COMPLETED'));
    }
    for (const n of [0, 10]) expect(await world.is(lane(n), 'RUNNING')).toBe(true);
    world.database.ownLanes = [];
    world.database.revision += 1;
    await world.until('the last of them ended', () => world.is(lane(10), 'COMPLETED'));
    expect(await world.is(lane(0), 'RUNNING')).toBe(true);
  });

  test('commands the targets that answer while another one is away', async () => {
    const pipeline = world.temporal.client.workflow.getHandle('sluice/shop');
    world.database.add('public.z', { target: 'other', phase: 'streaming', epoch: 1 });
    world.database.revision += 1;
    const other = world.table('public.z', 'other');
    await world.until('it runs', () => world.is(other, 'RUNNING'));
    // Pages are read target by target: the first one read is "other".
    let away = true;
    world.script.failFor('matchTables', 'other', () =>
      away ? failure('SERVER_UNREACHABLE') : null,
    );
    await world.tell(pipeline, 'update', 'pause', { requestId: 'two-targets' });
    await world.until('the one that answers is paused', () =>
      ['public.a', 'public.b'].every((slug) => world.database.table(slug).phase === 'paused'),
    );
    expect((await statusOf(pipeline)).waiting).toEqual(['pause']);
    away = false;
    const row = world.database.table('public.z', 'other');
    await world.until('the other one too', () => row.phase === 'paused');
    await world.until('none waits', async () => (await statusOf(pipeline)).waiting.length === 0);
  });
});

describe('the trouble of one', () => {
  test('reconcile, that fails for long, does not keep what was asked for by SQL waiting', async () => {
    const database = new FakeDatabase();
    database.tuning = { ...FAST, backOffMs: 60_000 };
    for (const slug of ['public.a', 'public.b']) database.add(slug);
    const one = await World.open('failing reconcile', database);
    try {
      const pipeline = await one.startPipeline();
      for (const slug of ['public.a', 'public.b']) await one.untilStreaming(slug);
      one.script.fail('reconcilePipeline', () => failure('TABLE_MISSING'));
      database.revision += 1;
      await one.until('it fails', async () =>
        (await statusOf(pipeline)).fault?.startsWith('TABLE_MISSING'),
      );
      for (const slug of ['public.a', 'public.b']) {
        database.sqlCommands.push(pauseBySql(slug));
        await one.until(`${slug} paused`, () => database.table(slug).phase === 'paused', 20_000);
        await one.until('it is answered', () =>
          database.answers.some((answer) => answer.startsWith(`sql-${slug}:`)),
        );
      }
      one.script.reset();
      await one.tell(pipeline, 'update', 'applyConfig');
      await one.until('it goes on', async () => (await statusOf(pipeline)).fault === null);
    } finally {
      await one.close();
    }
  });

  test('target keeps no other one from being answered, told or started', async () => {
    const database = new FakeDatabase();
    database.add('public.z', { target: 'other', phase: 'streaming', epoch: 1 });
    database.add('public.a');
    database.away.set('other', 'The database "other" does not exist.');
    const one = await World.open('one away', database);
    try {
      const pipeline = await one.startPipeline();
      await one.untilStreaming('public.a');
      one.script.failFor('answerCommand', 'other', () => failure('DATABASE_MISSING'));
      const other = { ...pauseBySql('public.z'), target: 'other' };
      database.sqlCommands.push(other, pauseBySql('public.a'));
      await one.until('it is answered', () =>
        database.answers.some((answer) => answer.startsWith('sql-public.a:')),
      );
      expect(JSON.stringify(await statusOf(pipeline))).toContain('does not exist');
    } finally {
      await one.close();
    }
  });

  test('target that leaves without a confirmation goes on until there is one', async () => {
    const database = new FakeDatabase();
    database.add('public.z', { target: 'other', phase: 'streaming', epoch: 1 });
    database.add('public.a');
    const one = await World.open('one lost', database);
    try {
      await one.startPipeline();
      const lane = one.temporal.client.workflow.getHandle('sluice/shop/other/lane/0');
      await one.until('its lane runs', () => one.is(lane, 'RUNNING'));
      await one.untilStreaming('public.a');
      database.lost = ['other'];
      database.revision += 1;
      const reconciled = one.script.count('reconcilePipeline');
      await one.until('looked', () => one.script.count('reconcilePipeline') > reconciled);
      await one.until('all is quiet', () => one.script.isRunning('watchPipeline', ''));
      expect(await one.is(lane, 'RUNNING')).toBe(true);
      database.tables.delete('other/public.z');
      database.lost = [];
      database.revision += 1;
      await one.until('its lane ended', () => one.is(lane, 'COMPLETED'));
    } finally {
      await one.close();
    }
  });
});

/** As the watch hands it over. */
function pauseBySql(slug: string): AddressedCommand {
  const command: Command = {
    command: 'pause',
    requestId: `sql-${slug}`,
    by: 'somebody',
    reason: 'a test',
    tables: '*',
    target: null,
  };
  return { command, target: 'replica', slugs: [slug] };
}

test('with the history of Temporal lost, everything goes on in its epoch', async () => {
  const database = new FakeDatabase();
  const phases = { 'public.s': 'streaming', 'public.f': 'fullSync', 'public.p': 'paused' } as const;
  for (const [slug, phase] of Object.entries(phases)) {
    database.add(slug, { phase, epoch: 5, chunks: 2, rowsCopied: 300 });
  }
  database.add('public.w', { phase: 'paused', wanted: 'pause', epoch: 5 });
  database.add('public.q', { phase: 'quarantined', faultCode: 'KEY_MISSING', epoch: 5 });
  const fresh = await World.open('lost history', database);
  try {
    await fresh.startPipeline();
    for (const slug of Object.keys(phases)) await fresh.untilStreaming(slug);
    await fresh.until('all have looked', async () => {
      const [w, q] = [fresh.table('public.w'), fresh.table('public.q')];
      return (await statusOf(w)).doing === 'rest' && (await statusOf(q)).doing === 'rest';
    });
    expect([...database.tables.values()].map((table) => table.epoch)).toEqual([5, 5, 5, 5, 5]);
    expect(fresh.script.count('beginEpoch')).toBe(0);
    expect(database.table('public.f').rowsCopied).toBe(500);
    expect(database.table('public.w').phase).toBe('paused');
    expect(database.table('public.q').phase).toBe('quarantined');
  } finally {
    await fresh.close();
  }
});

test('300 tables start', { timeout: patient(240_000) }, async () => {
  const database = new FakeDatabase();
  for (let n = 0; n < 300; n++) {
    database.add(`public.t${String(n).padStart(3, '0')}`, { phase: 'streaming', epoch: 1 });
  }
  const many = await World.open('many tables', database);
  try {
    const pipeline = await many.startPipeline();
    const query = 'WorkflowType = "table" AND ExecutionStatus = "Running"';
    await many.until(
      'all run',
      async () => (await many.temporal.client.workflow.count(query)).count === 300,
      200_000,
    );
    const { historyLength } = await pipeline.describe();
    expect(historyLength).toBeLessThan(1_500);
  } finally {
    await many.close();
  }
});
