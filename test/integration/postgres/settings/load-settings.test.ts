import { afterEach, expect, it } from 'vitest';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import type { Shop } from '../watermark/activity-fixture.js';
import { openShop } from '../watermark/activity-fixture.js';
import { rowsOf } from '../watermark/fixture.js';

describeEachPostgres('settings of a load, on PostgreSQL %s', (version) => {
  const open: Shop[] = [];

  afterEach(async () => {
    await Promise.all(open.splice(0).map(async (shop) => shop.close()));
  });

  const shopWith = async (
    label: string,
    ddl: string,
    settings: Record<string, unknown>,
    care: Record<string, unknown> = {},
  ) => {
    const shop = await openShop(version, label, settings, care);
    open.push(shop);
    await shop.source.query(ddl);
    await shop.reconcile();
    return shop;
  };

  const APPEND = { mode: 'full', load: 'append', existing: 'overwrite' };

  it('append adds what the target lacks and touches no row that is there', async () => {
    const ddl = `create table public.t (id int primary key, v text);`;
    const shop = await shopWith(
      'append',
      `${ddl} insert into t values (1, 'source'), (2, 'source')`,
      APPEND,
    );
    await shop.target.query(`${ddl} insert into t values (1, 'kept'), (9, 'kept')`);
    await shop.fullSync('public.t', 'first-0');
    expect(await rowsOf(shop.target, 't')).toEqual(['(1,kept)', '(2,source)', '(9,kept)']);
    await shop.fullSync('public.t', 'again');
    expect(await rowsOf(shop.target, 't')).toHaveLength(3);
  });

  it('append adds every row each time where no key says which ones are there', async () => {
    const shop = await shopWith(
      'append keyless',
      `create table public.t (v int); insert into t values (1), (1)`,
      APPEND,
    );
    await shop.fullSync('public.t', 'first-0');
    await shop.fullSync('public.t', 'again');
    expect(await rowsOf(shop.target, 't')).toEqual(['(1)', '(1)', '(1)', '(1)']);
  });

  it('append is refused for a table that follows a change feed', async () => {
    const ddl = 'create table public.t (id int primary key)';
    const shop = await openShop(version, 'append cdc', { mode: 'cdc', load: 'append' });
    open.push(shop);
    await shop.source.query(ddl);
    await expect(shop.reconcile()).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('chunk.rows bounds the rows of a chunk', async () => {
    const shop = await shopWith(
      'chunk rows',
      `create table public.t (id int primary key, v text, n bigserial);
       insert into t select i, repeat('x', 50) from generate_series(1, 20000) i; analyze t`,
      { mode: 'incremental', watermark: { column: 'n' }, chunk: { rows: 1000 } },
    );
    await shop.fullSync('public.t', 'first-0');
    const rows = await shop.target.query<{ n: number; largest: number }>(
      'select count(*)::int as n, max(rows)::int as largest from sluice.chunk',
    );
    expect(rows[0]?.n).toBeGreaterThanOrEqual(20);
    expect(rows[0]?.largest).toBeLessThanOrEqual(1100);
  });

  it('care.statementTimeout cancels a statement on the source alone', async () => {
    const shop = await shopWith(
      'statement timeout',
      'create table public.t (id int primary key)',
      { mode: 'full' },
      { statementTimeout: '1s' },
    );
    const locker = await shop.source.connect();
    await locker.query('begin; lock table t in access exclusive mode');
    const row = await shop.row('public.t');
    // Otherwise the lock timeout of 5 s would have ended it.
    await expect(shop.use(async (session) => session.model(row))).rejects.toMatchObject({
      code: 'SERVER_BUSY',
      message: expect.stringContaining('time limit') as unknown,
    });
    await locker.query('rollback');
  });
});
