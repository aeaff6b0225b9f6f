import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { failure } from './fake-activities.js';
import { statusOf, World } from './harness.js';
import { patient } from '../support/wait-for.js';

let world: World;
beforeAll(async () => {
  world = await World.open('failures');
});
afterEach(() => world.script.reset());
afterAll(() => world.close());

const rowOf = (slug: string) => world.database.table(slug);
const untilQuarantined = (slug: string, withinMs = 60_000): Promise<unknown> =>
  world.until(`${slug} is quarantined`, () => rowOf(slug).phase === 'quarantined', withinMs);

describe('work on a table', () => {
  test('that fails for a moment is tried again with a back-off', async () => {
    const slug = 'public.transient';
    world.script.fail('prepareStage', (n) => (n <= 7 ? failure('CONNECTION_LOST') : null));
    world.database.add(slug);
    const table = await world.startTable(slug);
    await world.untilStreaming(slug);
    await world.until('it is forgotten', async () => (await statusOf(table)).failures === 0);
    expect(rowOf(slug).epoch).toBe(1);
  });

  test('that a person has to mend is quarantined, and a retry goes on', async () => {
    const slug = 'public.permanent';
    world.script.fail('bootstrapTable', (n) => (n === 1 ? failure('KEY_MISSING', 'no key') : null));
    world.database.add(slug);
    const table = await world.startTable(slug);
    await untilQuarantined(slug);
    expect(rowOf(slug).faultCode).toBe('KEY_MISSING');
    expect((await statusOf(table)).lastFault).toBe('KEY_MISSING: no key');
    await world.tell(table, 'update', 'retry');
    await world.untilStreaming(slug);
    expect(rowOf(slug)).toMatchObject({ epoch: 1, bootstrapped: 1 });
  });

  test('that could not begin a resync begins it after a retry', async () => {
    const slug = 'public.held';
    world.database.add(slug, { phase: 'streaming', epoch: 3 });
    world.script.fail('beginEpoch', (n) => (n === 1 ? failure('TABLE_MISSING') : null));
    const table = await world.startTable(slug);
    await world.tell(table, 'update', 'forceResync', { requestId: 'held-1' });
    await untilQuarantined(slug);
    await world.tell(table, 'update', 'retry');
    await world.until('epoch 4', () => rowOf(slug).epoch === 4);
    await world.untilStreaming(slug);
    expect(rowOf(slug).begunBy).toBe('held-1');
  });

  test(
    'that fails without progress spends its budget',
    async () => {
      const slug = 'public.budget';
      world.script.fail('finishStage', () => failure('DEADLOCK'));
      world.database.tuning = { ...world.database.tuning };
      world.database.add(slug);
      const table = await world.startTable(slug, { firstRetryMs: 1, backOffMs: 1 });
      // The service needs about a second for each of its own retries, however short they are.
      await untilQuarantined(slug, 180_000);
      expect(rowOf(slug).faultCode).toBe('DEADLOCK');
      const tries = world.script.calls.filter((call) => call === `finishStage ${slug}`);
      // Ten rounds of five attempts; rows were copied during the first one, so it does not count.
      expect(tries).toHaveLength(55);
      world.script.mend('finishStage');
      await world.tell(table, 'signal', 'retry');
      await world.untilStreaming(slug);
      expect(rowOf(slug).epoch).toBe(1);
    },
    patient(240_000),
  );

  test('that lost its ownership is benign', async () => {
    const slug = 'public.fenced';
    world.database.add(slug);
    world.script.fail('cutOver', (n) =>
      n === 1 ? failure('FENCED_OUT') : n === 2 ? failure('STALE_EPOCH') : null,
    );
    const table = await world.startTable(slug);
    await world.untilStreaming(slug);
    expect(rowOf(slug).faultCode).toBeNull();
    await world.until('it is forgotten', async () => (await statusOf(table)).failures === 0);
  });

  test('is mended by a resync after a gap, twice a day', async () => {
    const slug = 'public.gap';
    const row = world.database.add(slug, { phase: 'streaming', epoch: 1 });
    const table = await world.startTable(slug);
    for (const epoch of [2, 3]) {
      world.database.quarantine(row, 'FEED_GAP');
      await table.signal('wake');
      await world.until(`epoch ${epoch}`, () => row.epoch === epoch);
      await world.untilStreaming(slug);
      await world.until('it rests', async () => (await statusOf(table)).doing === 'rest');
    }
    world.database.quarantine(row, 'FEED_GAP');
    await table.signal('wake');
    await world.until('it has looked', async () => {
      const { doing } = await statusOf(table);
      return doing === 'rest' && JSON.stringify(await statusOf(table)).includes('quarantined');
    });
    expect(row.epoch).toBe(3);
    await world.tell(table, 'update', 'forceResync');
    await world.until('epoch 4', () => row.epoch === 4);
  });
});

test('quarantining that fails is tried until it succeeds', async () => {
  const slug = 'public.stubborn';
  world.script.fail('quarantineTable', (n) => (n <= 12 ? failure('CONNECTION_LOST') : null));
  world.script.fail('bootstrapTable', () => failure('TYPE_UNSUPPORTED'));
  world.database.add(slug);
  const table = await world.startTable(slug, { firstRetryMs: 1, backOffMs: 20 });
  await untilQuarantined(slug);
  expect(await world.is(table, 'RUNNING')).toBe(true);
  expect(world.script.count('bootstrapTable')).toBeGreaterThan(0);
  const tries = world.script.calls.filter((call) => call === `bootstrapTable ${slug}`);
  expect(tries).toHaveLength(1);
  world.script.mend('bootstrapTable');
});

test('a command that cannot be carried out is said and does not hold up the next one', async () => {
  const slug = 'public.refused';
  world.database.add(slug);
  const table = await world.startTable(slug);
  await world.untilStreaming(slug);
  world.script.fail('controlTable', (n) => (n === 1 ? failure('PERMISSION_DENIED', 'no') : null));
  await world.tell(table, 'update', 'resume');
  await world.tell(table, 'update', 'pause');
  await world.until('paused', () => rowOf(slug).phase === 'paused');
  const { rejected } = await statusOf(table);
  expect(rejected).toContain('resume was not carried out: no');
});

describe('a target that is away', () => {
  const waitedFor = 'is waited for, quarantines nobody, and everything goes on when it is back';
  test(waitedFor, { timeout: patient(240_000) }, async () => {
    const slug = 'public.away';
    const row = world.database.add(slug);
    const open = world.script.hold('copyChunks');
    const table = await world.startTable(slug, { firstRetryMs: 1, backOffMs: 1 });
    await world.until('it copies', () => world.script.isRunning('copyChunks', slug));
    const away = () => failure('SERVER_UNREACHABLE');
    const tried = world.script.count('readTable');
    for (const name of ['readTable', 'quarantineTable', 'controlTable', 'copyChunks']) {
      world.script.fail(name, away);
    }
    open();
    const often = (): boolean => world.script.count('readTable') >= tried + 55;
    // The service needs about a second for each of its own retries.
    await world.until('it was tried often', often, 180_000);
    expect(await world.is(table, 'RUNNING')).toBe(true);
    for (const name of ['readTable', 'quarantineTable', 'controlTable', 'copyChunks']) {
      world.script.mend(name);
    }
    await table.signal('wake');
    await world.untilStreaming(slug);
    expect(row).toMatchObject({ epoch: 1, faultCode: null });
  });

  test('does not keep a table from being stopped', async () => {
    const slug = 'public.unreachable';
    world.database.add(slug);
    world.script.fail('readTable', () => failure('SERVER_UNREACHABLE'));
    const table = await world.startTable(slug, { firstRetryMs: 1 });
    await world.tell(table, 'update', 'stop');
    await table.result();
    world.script.mend('readTable');
  });
});

test('a table whose place in the configuration is gone ends after a while', async () => {
  const slug = 'public.gone';
  world.database.add(slug);
  world.script.fail('readTable', () => failure('TARGET_UNKNOWN'));
  const table = await world.startTable(slug, { backOffMs: 1 });
  await table.result();
  world.script.mend('readTable');
});

describe('a pipeline whose first reconcile fails', () => {
  test('waits and comes up when it is mended', async () => {
    world.database.tuning = { ...world.database.tuning };
    world.script.fail('reconcilePipeline', (n) => (n <= 3 ? failure('CONFIG_INVALID') : null));
    const handle = await world.startPipeline();
    await world.until('it has targets', async () => {
      const status = await statusOf(handle);
      return status.fault === null && JSON.stringify(status).includes('replica');
    });
    await world.tell(handle, 'update', 'stop');
    await handle.result();
  });

  test('can be stopped', async () => {
    world.script.fail('reconcilePipeline', () => failure('PIPELINE_UNKNOWN', 'no such pipeline'));
    const handle = await world.startPipeline();
    await world.until('it says so', async () =>
      (await statusOf(handle)).fault?.includes('PIPELINE_UNKNOWN'),
    );
    await world.tell(handle, 'signal', 'stop');
    await handle.result();
    world.script.mend('reconcilePipeline');
  });
});

test('a lane rides out failures', async () => {
  world.script.fail('applyChanges', (n) => (n <= 8 ? failure('CONNECTION_LOST') : null));
  const lane = await world.startLane();
  const runs = (): number => world.database.lanes.get('replica/0')?.runs ?? 0;
  const before = runs();
  await world.until('it runs', () => runs() > before);
  expect(await world.is(lane, 'RUNNING')).toBe(true);
  await world.tell(lane, 'update', 'stop');
  await lane.result();
});
