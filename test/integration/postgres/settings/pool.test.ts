import { afterEach, expect, it } from 'vitest';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { patient, waitFor } from '../../../support/wait-for.js';
import type { Shop } from '../watermark/activity-fixture.js';
import { openShop } from '../watermark/activity-fixture.js';

interface Seen {
  readonly pid: number;
  readonly query: string;
}

describeEachPostgres('pool, on PostgreSQL %s', (version) => {
  let shop: Shop | null = null;

  afterEach(async () => shop?.close());

  const openWith = async (
    label: string,
    pool: Record<string, unknown>,
    connectTimeout = '60s',
  ): Promise<Shop> => {
    const opened = await openShop(
      version,
      label,
      { mode: 'full' },
      {},
      { connections: { pool, connectTimeout } },
    );
    shop = opened;
    await opened.source.query('create table public.t (id int primary key)');
    await opened.reconcile();
    return opened;
  };

  /** Sluice's sessions on one side, as its server sees them. */
  const sessions = async (opened: Shop, side: 'source' | 'target') =>
    opened[side].query<Seen & Record<string, unknown>>(
      `select pid, query from pg_stat_activity
        where datname = current_database() and application_name like 'sluice %'`,
    );

  it('max bounds the sessions of a worker, however many activities want one', async () => {
    const opened = await openWith('max', { max: 3 });
    let most = 0;
    let done = false;
    const watch = (async () => {
      while (!done) most = Math.max(most, (await sessions(opened, 'source')).length);
    })();
    const work = Array.from({ length: 12 }, async () =>
      opened.use(async (session) => {
        const source = await session.source();
        for (let n = 0; n < 5; n++) {
          await source.listTables();
          await source.care.load('select 1 from pg_sleep(0.02)');
        }
      }),
    );
    await Promise.all(work);
    done = true;
    await watch;
    expect(most).toBeLessThanOrEqual(3);
    expect(most).toBeGreaterThan(1);
  });

  it('says that there is no place when none comes free', async () => {
    const opened = await openWith('full', { max: 1 }, `${String(patient(2_000))}ms`);
    await opened.use(async (session) => {
      const source = await session.source();
      const model = await session.model(await opened.row('public.t'));
      const whole = { relation: '"public"."t"', from: null, to: null };
      const [wire = ''] = source.fullSync.wires(model);
      const chunk = await source.fullSync.readChunk(model, whole, wire);
      await expect(source.listTables()).rejects.toMatchObject({ code: 'SERVER_BUSY' });
      await chunk.close();
    });
  });

  it('closes what is idle for idleTimeout, down to min, and looks whether the rest lives', async () => {
    const opened = await openWith('idle', {
      min: 1,
      max: 10,
      idleTimeout: `${String(patient(1_000))}ms`,
      healthCheckInterval: '1s',
    });
    await opened.use(async (session) => {
      const target = await session.target('copy');
      await target.identity();
      const { tables } = target.state;
      await Promise.all([tables.list(session.pipeline), tables.list(session.pipeline)]);
      const began = await sessions(opened, 'target');
      expect(began.length).toBeGreaterThan(1);
      await waitFor('one session is left and was looked at', async () => {
        const left = await sessions(opened, 'target');
        return left.length === 1 && left[0]?.query === 'select 1';
      });
      expect(await tables.list(session.pipeline)).toHaveLength(1);
    });
    await waitFor('all are closed', async () => (await sessions(opened, 'target')).length === 0);
  });
});
