import { CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, expect, it } from 'vitest';
import { copyActivities } from '../../../../src/activities/full-sync/copy.js';
import type { Dependencies } from '../../../../src/activities/dependencies.js';
import { DoorInterceptor } from '../../../../src/activities/error-interceptor.js';
import { FailureLog } from '../../../../src/activities/failure-log.js';
import { createLogger } from '../../../../src/observability/logger.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { waitFor } from '../../../support/wait-for.js';
import { openShop, type Shop } from '../watermark/activity-fixture.js';

const slowness = (body: string) => `
  create or replace function public.slow(n int) returns int immutable language plpgsql
  as $$ begin ${body} return n; end $$`;

const BUILDING = `
  select count(*)::int as n from pg_stat_activity
   where datname = current_database() and query ilike '%create index%' and state = 'active'
     and pid <> pg_backend_pid()`;

describeEachPostgres('A cancelled step on PostgreSQL %s', (version) => {
  let shop: Shop | null = null;
  afterEach(async () => shop?.close());

  it('ends its index build on the server, and goes on from there later', async () => {
    const opened = await openShop(version, 'cancelled', { mode: 'full' });
    shop = opened;
    await opened.source.query(slowness(''));
    await opened.source.query(`create table public.t (id int primary key, n int);
      create index t_slow on public.t (public.slow(n));
      insert into public.t select g, g from generate_series(1, 5000) g`);
    await opened.reconcile();
    let failure: unknown;
    await opened.fullSync('public.t', 'first-1', async () => {
      await opened.target.query(slowness('perform pg_sleep(0.05);'));
      const { epoch } = await opened.row('public.t');
      failure = await cancelFinish(opened, epoch);
      await opened.target.query(slowness(''));
    });
    expect(failure).toBeInstanceOf(CancelledFailure);
    const indexes = await opened.target.query(
      `select indexname from pg_indexes where tablename = 't' and schemaname = 'public' order by 1`,
    );
    expect(indexes).toEqual([{ indexname: 't_pkey' }, { indexname: 't_slow' }]);
    const rows = await opened.target.query('select count(*)::int as n from public.t');
    expect(rows).toEqual([{ n: 5000 }]);
  });
});

/** Runs finishStage until it builds the index, cancels it, and waits until the server let go. */
async function cancelFinish(shop: Shop, epoch: string): Promise<unknown> {
  const deps = {
    session: { configPath: shop.configPath },
    logger: createLogger('silent'),
    failures: new FailureLog(() => 0),
  };
  const { pipeline, target, slug } = await shop.row('public.t');
  const copy = copyActivities(deps as unknown as Dependencies);
  const environment = new MockActivityEnvironment({ activityType: 'finishStage' });
  const door = new DoorInterceptor(environment.context, deps);
  const ref = { pipeline, target, slug, epoch };
  const step = async (): Promise<unknown> =>
    door.execute({ args: [ref], headers: {} }, async () => copy.finishStage(ref));
  const running = environment.run<[], unknown, typeof step>(step);
  running.catch(() => undefined);
  const building = async (): Promise<boolean> => (await shop.target.query(BUILDING))[0]?.n !== 0;
  await waitFor('the index is being built', building);
  environment.cancel();
  // Whole, the build would take more than four minutes.
  await waitFor('the server ended the build', async () => !(await building()));
  return running.then(
    () => 'it was not cancelled',
    (error: unknown) => error,
  );
}
