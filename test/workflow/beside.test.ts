/** What a pipeline has beside its own course, and what it does later than at its start. */
import { afterEach, expect, test } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../../src/client/search-attributes.js';
import { FakeDatabase, FAST } from './fake-database.js';
import { failure } from './fake-activities.js';
import { statusOf, World } from './harness.js';

let world: World | null = null;
afterEach(async () => {
  await world?.close();
  world = null;
});

test('no command, no news and no failure cuts off what follows a target', async () => {
  const database = new FakeDatabase();
  database.add('public.a');
  world = await World.open('beside', database);
  const { script } = world;
  const pipeline = await world.startPipeline();
  await world.untilStreaming('public.a');
  const follows = (): boolean =>
    ['catalogue replica', 'schema replica'].every((one) => script.isRunning('followTarget', one));
  await world.until('it follows', follows);
  const watches = script.count('watchPipeline');
  await world.tell(pipeline, 'update', 'pause');
  await world.until('it is paused', () => database.table('public.a').phase === 'paused');
  database.wake('public.a');
  await world.until('it watches again', () => script.count('watchPipeline') > watches + 1);
  script.fail('reconcilePipeline', () => failure('TABLE_MISSING'));
  await pipeline.signal('applyConfig');
  const broken = pipeline;
  await world.until('it fails', async () => (await statusOf(broken)).fault !== null);
  script.reset();
  await world.until('it goes on', async () => (await statusOf(broken)).fault === null);
  expect(follows()).toBe(true);
  expect(script.count('followTarget')).toBe(2);

  database.revision += 1;
  await world.until('a new configuration is followed', () => script.count('followTarget') === 4);
  await world.tell(pipeline, 'update', 'stop');
  const stopped = world;
  await world.until('it has stopped', () => stopped.is(pipeline, 'COMPLETED'));
  expect(follows()).toBe(false);
});

test('commands of SQL do not wait for a reconcile that could be tried again for long', async () => {
  const database = new FakeDatabase();
  database.tuning = { ...FAST, attempts: 1_000, backOffMs: 60_000 };
  database.add('public.a');
  world = await World.open('impatient reconcile', database);
  await world.startPipeline();
  await world.untilStreaming('public.a');
  world.script.fail('reconcilePipeline', () => failure('SERVER_BUSY'));
  database.revision += 1;
  const { script } = world;
  await world.until('it fails', () => script.count('reconcilePipeline') > 2);
  const request = { requestId: 'sql-1', by: 'dba', reason: 'a test' };
  const command = { ...request, command: 'pause', tables: '*', target: null } as const;
  database.sqlCommands.push({ target: 'replica', slugs: ['public.a'], command });
  await world.until('paused', () => database.table('public.a').phase === 'paused', 20_000);
});

test('commands of SQL do not wait for a reconcile that hangs', async () => {
  const database = new FakeDatabase();
  for (const slug of ['public.a', 'public.b']) database.add(slug);
  world = await World.open('hanging reconcile', database);
  const { script } = world;
  const pipeline = await world.startPipeline();
  for (const slug of ['public.a', 'public.b']) await world.untilStreaming(slug);
  const goOn = script.hold('reconcilePipeline', true);
  database.revision += 1;
  await world.until('it hangs', () => script.isRunning('reconcilePipeline', ''));
  const request = { by: 'dba', reason: 'a test' };
  for (const slug of ['public.a', 'public.b']) {
    const requestId = `sql-${slug}`;
    const command = {
      ...request,
      requestId,
      command: 'pause',
      tables: slug,
      target: null,
    } as const;
    database.sqlCommands.push({ target: 'replica', slugs: [slug], command });
    await world.until(`${slug} is paused`, () => database.table(slug).phase === 'paused', 30_000);
    await world.until('it is answered', () =>
      database.answers.some((answer) => answer.startsWith(`${requestId}:`)),
    );
  }
  expect(script.isRunning('reconcilePipeline', '')).toBe(true);
  const watches = script.count('watchPipeline');
  goOn();
  await world.until('it watches again', () => script.count('watchPipeline') > watches);
  expect((await statusOf(pipeline)).fault).toBe(null);
});

test('what cannot be followed is in its status', async () => {
  const database = new FakeDatabase();
  world = await World.open('beside in trouble', database);
  database.add('public.a');
  database.unfollowed = ['LOCK_TIMEOUT: somebody holds it'];
  const pipeline = await world.startPipeline();
  const trouble = async (): Promise<unknown> =>
    (await pipeline.query<{ trouble: unknown }>('status')).trouble;
  await world.until('it says so', async () => JSON.stringify(await trouble()).includes('LOCK_'));
  database.unfollowed = [];
  await world.until('it is over', async () => JSON.stringify(await trouble()) === '[]');
});

test('a running pipeline gets its name when search attributes are registered later', async () => {
  const database = new FakeDatabase();
  database.add('public.a');
  world = await World.open('named later', database);
  const { connection } = world.temporal.client;
  const { namespace } = world.temporal;
  const pipeline = await world.startPipeline();
  await world.untilStreaming('public.a');
  await connection.operatorService.addSearchAttributes({
    namespace,
    // Keyword and integer, as the service numbers them.
    searchAttributes: Object.fromEntries(
      Object.keys(SEARCH_ATTRIBUTES).map((name) => [name, name === 'SluiceEpoch' ? 3 : 2]),
    ),
  });
  database.attributes = true;
  database.revision += 1;
  await world.until('it has its name', async () => {
    const { searchAttributes } = (await pipeline.describe()).raw.workflowExecutionInfo ?? {};
    return Object.keys(searchAttributes?.indexedFields ?? {}).includes('SluicePipeline');
  });
});
