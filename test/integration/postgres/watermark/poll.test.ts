import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { LocalPostgres } from '../../../../src/local/postgres-server.js';
import { ownServer } from '../../../support/postgres.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import type { Shop } from './activity-fixture.js';
import { openShop } from './activity-fixture.js';
import { rowsOf } from './fixture.js';

const FAST = { poll: { incremental: '1s' }, existing: 'adopt' };
const BY_TIME = { ...FAST, mode: 'incremental', watermark: { column: 'at', overlap: '0s' } };
const BY_NUMBER = { ...FAST, mode: 'smart', watermark: { column: 'n', overlap: '0s' } };

describeEachPostgres('a table that polls, on PostgreSQL %s', (version) => {
  const open: Shop[] = [];
  // A value is settled when everyone has ended who was running, also those of other tests.
  let server: LocalPostgres;

  beforeAll(async () => {
    server = await ownServer(version);
  });

  afterAll(async () => server.remove());

  afterEach(async () => {
    await Promise.all(open.splice(0).map(async (shop) => shop.close()));
  });

  const shopWith = async (label: string, ddl: string, settings: Record<string, unknown>) => {
    const shop = await openShop(version, label, settings, {}, { server });
    open.push(shop);
    await shop.source.query(ddl);
    await shop.reconcile();
    return shop;
  };

  const isEqual = (shop: Shop, table: string) => async () =>
    JSON.stringify(await rowsOf(shop.source, table)) ===
    JSON.stringify(await rowsOf(shop.target, table));

  it('misses nothing between its full sync and its first round', async () => {
    const shop = await shopWith(
      'handover',
      `create table public.t (id int primary key, v text, at timestamptz not null default now());
       create index on public.t (at);
       insert into t select n, 'old' from generate_series(1, 3000) n`,
      BY_TIME,
    );
    const slow = await shop.source.connect();
    await slow.query('begin');
    await slow.query(`insert into t values (9001, 'committed after the copy')`);
    await slow.query(`update t set v = 'late', at = now() where id = 5`);
    await shop.fullSync('public.t', 'first-0', async () => {
      await shop.source.query(
        `update t set v = 'meanwhile', at = clock_timestamp() where id > 2900`,
      );
      await shop.source.query(`insert into t values (9002, 'meanwhile')`);
      await slow.query('commit');
    });
    expect((await shop.row('public.t')).phase).toBe('streaming');
    await shop.pollUntil('public.t', isEqual(shop, 't'));
    expect(await rowsOf(shop.target, 't')).toHaveLength(3002);
  });

  it('goes on from the rows that the target has, without a full sync', async () => {
    const ddl = `create table public.t (id int primary key, n bigint not null);
                 insert into t select i, i from generate_series(1, 100) i`;
    const shop = await shopWith('continues', ddl, BY_NUMBER);
    await shop.target.query(ddl);
    await shop.target.query('delete from t where id > 60');
    await shop.fullSync('public.t', 'first-0');
    expect(await shop.row('public.t')).toMatchObject({ phase: 'streaming', epoch: '0' });
    await shop.pollUntil('public.t', isEqual(shop, 't'));
  });

  it('in mode smart asks for a full load once somebody has emptied the target', async () => {
    const ddl = `create table public.t (id int primary key, n bigint not null);
                 insert into t select i, i from generate_series(1, 100) i`;
    const shop = await shopWith('smart', ddl, BY_NUMBER);
    await shop.fullSync('public.t', 'first-0');
    await shop.pollUntil('public.t', isEqual(shop, 't'));
    await shop.target.query('truncate t');
    const never = async () => Promise.resolve(false);
    await expect(shop.pollUntil('public.t', never)).resolves.toBe('refresh due');
    await shop.fullSync('public.t', 'refresh-1');
    expect(await rowsOf(shop.target, 't')).toHaveLength(100);
    await shop.source.query('delete from t');
    await shop.target.query('truncate t');
    await shop.pollUntil('public.t', async () => (await shop.row('public.t')).watermark !== null);
  });

  it('sweeps rows away that the source deleted, also where they hold a unique value', async () => {
    const shop = await shopWith(
      'sweeps',
      `create table public.t (id int primary key, u int unique, n bigserial);
       insert into t (id, u) select i, i from generate_series(1, 500) i`,
      { ...BY_NUMBER, deletes: 'sweep' },
    );
    await shop.fullSync('public.t', 'first-0');
    await shop.source.query(`delete from t where id % 3 = 0`);
    await shop.source.query(`insert into t (id, u) values (1003, 3)`);
    await shop.pollUntil('public.t', isEqual(shop, 't'));
  });

  it('removes what a column marks as deleted, also what the full sync brought', async () => {
    const shop = await shopWith(
      'soft',
      `create table public.t (id int primary key, gone boolean, n bigserial);
       insert into t (id, gone) values (1, false), (2, true), (3, null)`,
      { ...BY_NUMBER, deletes: 'softDeleteColumn', softDeleteColumn: 'gone' },
    );
    await shop.fullSync('public.t', 'first-0');
    const kept = async () => (await rowsOf(shop.target, 't')).join() === '(1,f,1),(3,,3)';
    await shop.pollUntil('public.t', kept);
  });

  it('says when its next full load is due', async () => {
    const shop = await shopWith(
      'refresh',
      `create table public.t (v int); insert into t values (1), (1)`,
      { mode: 'full', refresh: { every: '1m' } },
    );
    await shop.fullSync('public.t', 'first-0');
    expect(await rowsOf(shop.target, 't')).toEqual(['(1)', '(1)']);
    await shop.target.query(`update sluice.chunk set started_at = started_at - interval '1 hour'`);
    await expect(shop.pollUntil('public.t', async () => Promise.resolve(false))).resolves.toBe(
      'refresh due',
    );
    await shop.source.query('delete from t; insert into t values (2)');
    await shop.fullSync('public.t', 'refresh-1');
    expect(await rowsOf(shop.target, 't')).toEqual(['(2)']);
  });
});
