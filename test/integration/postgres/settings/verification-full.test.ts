import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, describe, expect, it } from 'vitest';
import type { Dependencies } from '../../../../src/activities/dependencies.js';
import { verifyActivities } from '../../../../src/activities/verify/verify.js';
import { waitFor } from '../../../support/wait-for.js';
import { openShop, type Shop } from '../watermark/activity-fixture.js';

const DDL = ['whole', 'newest']
  .map(
    (table) => `create table public.${table} (id int primary key, v text);
      insert into ${table} select i, 'v' from generate_series(1, 100) i;`,
  )
  .join('\n');
/** Verified without a lane. */
const BY_ID = { mode: 'incremental', watermark: { column: 'id' } };
/** It strikes twenty minutes from now, and not while a test runs. */
const HOURLY = `${String((new Date().getUTCMinutes() + 20) % 60)} * * * *`;

interface Seen extends Record<string, unknown> {
  readonly table: string;
  readonly scope: string;
  readonly result: string;
  readonly rows: number;
}

describe('verification.full', () => {
  let shop: Shop | null = null;
  let verifying: { stop(): Promise<void> } | null = null;
  afterEach(async () => {
    await verifying?.stop();
    await shop?.close();
  });

  it('compares every row when its cron says so, and only of the tables that have one', async () => {
    const opened = await openShop(
      '18',
      'full verification',
      {},
      {},
      {
        pipeline: {
          defaults: { ...BY_ID, verification: { every: '10s', rows: 5 } },
          tables: {
            include: ['public.*'],
            settings: { 'public.whole': { verification: { full: HOURLY } } },
          },
        },
      },
    );
    shop = opened;
    await opened.source.query(DDL);
    await opened.reconcile();
    for (const table of ['whole', 'newest']) await opened.fullSync(`public.${table}`, 'first-0');
    // As if the copy had ended two hours ago: it has struck since.
    await opened.target.query(
      `update sluice.table_state set phase_since = now() - interval '2 hours'`,
    );
    verifying = verifyContinuously(opened);
    const seen = async (table: string, scope: string) =>
      (await verifications(opened)).filter((one) => one.table === table && one.scope === scope);
    await waitFor('it was compared', async () => (await seen('public.whole', 'full')).length > 0);
    const full = { table: 'public.whole', scope: 'full', result: 'passed', rows: 100 };
    // A round of the other table later it has not struck again.
    await waitFor(
      'a second round',
      async () => (await seen('public.newest', 'recent')).length > 1,
      {
        timeoutMs: 60_000,
      },
    );
    expect(await seen('public.whole', 'full')).toEqual([full]);
    expect(await seen('public.newest', 'full')).toEqual([]);
    for (const { result, rows } of await seen('public.newest', 'recent')) {
      expect({ result, rows }).toEqual({ result: 'passed', rows: 5 });
    }
  });

  it('goes on with the others when one table cannot be verified, and says so of that one', async () => {
    const opened = await openShop('18', 'one fails', {
      ...BY_ID,
      verification: { every: '10s', rows: 5 },
    });
    shop = opened;
    await opened.source.query(DDL);
    await opened.reconcile();
    for (const table of ['whole', 'newest']) await opened.fullSync(`public.${table}`, 'first-0');
    // The first in order.
    await opened.target.query('alter table public.newest rename to elsewhere');
    verifying = verifyContinuously(opened);
    const seen = async (table: string) =>
      (await verifications(opened)).filter((one) => one.table === table);
    await waitFor('the other one', async () => (await seen('public.whole')).length > 0);
    const failed = await seen('public.newest');
    expect(failed.map(({ result }) => result)).toEqual(['error']);
    const [row] = await opened.target.query<{ message: string }>(
      `select message from sluice.event where kind = 'verification.error' and level = 'error'`,
    );
    expect(row?.message).toMatch(/^public\.newest could not be verified: .*\[[A-Z_]+\]$/);
    expect((await opened.row('public.newest')).verifiedResult).toBe('error');
    await opened.target.query('alter table public.elsewhere rename to newest');
    await waitFor(
      'it is verified again',
      async () => (await seen('public.newest')).some(({ result }) => result === 'passed'),
      { timeoutMs: 60_000 },
    );
  });

  it('goes on from the last one that began, also in another worker', async () => {
    const opened = await openShop('18', 'full again', {
      ...BY_ID,
      verification: { rows: 0, full: HOURLY },
    });
    shop = opened;
    await opened.source.query('create table public.t (id int primary key)');
    await opened.reconcile();
    await opened.fullSync('public.t', 'first-0');
    await opened.target.query(
      `update sluice.table_state set phase_since = now() - interval '2 hours'`,
    );
    for (const times of [1, 2]) {
      verifying = verifyContinuously(opened);
      const seen = async () => (await verifications(opened)).length;
      await waitFor('it was compared', async () => (await seen()) === times);
      await verifying.stop();
      await opened.target.query(
        `update sluice.verification set started_at = started_at - interval '1 hour'`,
      );
    }
    expect(await verifications(opened)).toHaveLength(2);
  });
});

/** As the verification of a target runs in a worker; `stop` drains it. */
function verifyContinuously({ configPath, pipeline }: Shop): { stop(): Promise<void> } {
  const activities = verifyActivities({ session: { configPath } } as unknown as Dependencies);
  const environment = new MockActivityEnvironment();
  const verify = async (): Promise<unknown> =>
    activities.verifyContinuously({ pipeline, target: 'copy' });
  const running = environment.run<[], unknown, typeof verify>(verify);
  running.catch(() => undefined);
  return {
    stop: async () => {
      environment.cancel();
      await running;
    },
  };
}

async function verifications(shop: Shop): Promise<Seen[]> {
  return shop.target.query<Seen>(
    `select t.slug as table, v.scope, v.result, v.source_rows::int as rows
       from sluice.verification v join sluice.table_state t using (table_id)
      where v.result <> 'running' order by v.verification_id`,
  );
}
