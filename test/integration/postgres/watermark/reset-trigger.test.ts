import { afterEach, expect, it } from 'vitest';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import type { Shop } from './activity-fixture.js';
import { openShop } from './activity-fixture.js';
import { rowsOf } from './fixture.js';

describeEachPostgres('a reset trigger column on PostgreSQL %s', (version) => {
  const open: Shop[] = [];

  afterEach(async () => {
    await Promise.all(open.splice(0).map(async (shop) => shop.close()));
  });

  const shopWith = async (label: string, ddl: string, more: Record<string, unknown> = {}) => {
    const shop = await openShop(version, label, { mode: 'full', resetColumn: 'reset', ...more });
    open.push(shop);
    await shop.source.query(ddl);
    await shop.reconcile();
    await shop.fullSync('public.t', 'first-0');
    return shop;
  };

  const carrying = async (shop: Shop) =>
    (
      await shop.source.query<{ id: string }>('select id::text from t where reset = 1 order by id')
    ).map(({ id }) => id);

  it('asks for nothing while every row is 0 or NULL', async () => {
    const shop = await shopWith(
      'quiet',
      `create table public.t (id int primary key, reset int);
       insert into t values (1, 0), (2, null)`,
    );
    expect(await shop.watchResetTriggers()).toEqual([]);
  });

  it('resets exactly the rows that carried 1 when the sync began; a 1 set meanwhile asks again', async () => {
    const shop = await shopWith(
      'meanwhile',
      `create table public.t (id int, "Part" timestamptz default '2020-01-01 00:00:00.123456+00',
         reset smallint, primary key (id, "Part"));
       insert into t (id, reset) select n, 0 from generate_series(1, 3000) n`,
    );
    await shop.source.query('update t set reset = 1 where id <= 2500');
    const [asked] = await shop.watchResetTriggers();
    expect(asked).toMatchObject({ slugs: ['public.t'], command: { command: 'forceResync' } });
    await shop.fullSync('public.t', asked?.command.requestId ?? '', async () => {
      await shop.source.query('update t set reset = 1 where id in (2600, 2700)');
      await shop.source.query('update t set reset = null where id = 7');
      // While it copies, nobody asks again.
      expect(await shop.watchResetTriggers()).toEqual([]);
    });
    const [again] = await shop.watchResetTriggers();
    expect(await carrying(shop)).toEqual(['2600', '2700']);
    expect(again?.command.requestId).not.toBe(asked?.command.requestId);
    await shop.fullSync('public.t', again?.command.requestId ?? '');
    expect(await shop.watchResetTriggers()).toEqual([]);
    expect(await carrying(shop)).toEqual([]);
    const marks = await shop.target.query('select from sluice.reset_mark');
    expect(marks).toEqual([]);
  });

  it('works for a table without a key, and for boolean and bit columns', async () => {
    for (const [type, one, zero] of [
      ['boolean', 'true', 'f'],
      ['bit(1)', `B'1'`, '0'],
    ] as const) {
      const shop = await shopWith(
        `keyless ${type.slice(0, 3)}`,
        `create table public.t (id int, reset ${type});
         insert into t values (1, ${one}), (1, ${one}), (2, null)`,
      );
      expect(await shop.watchResetTriggers()).toEqual([]);
      const rows = (await rowsOf(shop.source, 't')).sort();
      expect(rows).toEqual([`(1,${zero})`, `(1,${zero})`, '(2,)']);
    }
  });

  it('answers with the index that makes the look cheap', async () => {
    const shop = await shopWith('index', 'create table public.t (id int primary key, reset int)');
    const { findings } = await shop.findReset('reset');
    expect(findings).toMatchObject([{ code: 'reset.unindexed' }]);
    await shop.source.query(findings[0]?.remedy?.replace(/^Run |\.$/g, '') ?? '');
    expect((await shop.findReset('reset')).findings).toEqual([]);
    expect((await shop.findReset('nothing')).findings).toMatchObject([{ code: 'reset.column' }]);
  });
});
