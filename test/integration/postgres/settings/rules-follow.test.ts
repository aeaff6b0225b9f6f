import { afterEach, expect, it } from 'vitest';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { waitFor } from '../../../support/wait-for.js';
import type { Shop } from '../watermark/activity-fixture.js';
import { openShop } from '../watermark/activity-fixture.js';
import { rowsOf } from '../watermark/fixture.js';

const DDL = `
create table public.goods (id int primary key, code text, price int, note text,
  constraint goods_code_key unique (code), constraint small check (price < 100));
create unique index goods_note on public.goods (lower(note));
insert into goods select i, 'c' || i, i, 'n' || i from generate_series(1, 20) i`;

const RULES = `
select conname as name, pg_get_constraintdef(oid) as text from pg_constraint
 where conrelid = 'public.goods'::regclass and contype in ('c', 'u', 'x')
 union all
select c.relname, 'index' from pg_index i join pg_class c on c.oid = i.indexrelid
 where i.indrelid = 'public.goods'::regclass and i.indisvalid
 order by 1, 2`;

describeEachPostgres('what may refuse a row, on PostgreSQL %s', (version) => {
  let shop: Shop | null = null;
  let lane: { stop(): Promise<void> } | null = null;

  afterEach(async () => {
    await lane?.stop().catch(() => undefined);
    await shop?.close();
  });

  const setAside = async (open: Shop, faultCode: string): Promise<void> => {
    await waitFor('goods is set aside', async () => {
      return (await open.row('public.goods')).phase === 'quarantined';
    });
    expect(await open.row('public.goods')).toMatchObject({ faultCode });
  };

  const expectEqual = async ({ source, target }: Shop): Promise<void> => {
    await waitFor(
      'goods is equal',
      async () =>
        JSON.stringify(await rowsOf(target, 'goods')) ===
        JSON.stringify(await rowsOf(source, 'goods')),
    );
  };

  /** As `sluice retry` does it. */
  const retry = async (open: Shop): Promise<void> => {
    const { tableId } = await open.row('public.goods');
    await open.use(async (session) => {
      const { tables } = (await session.target('copy')).state;
      await tables.setFault(tableId, null);
      await tables.setPhase(tableId, 'paused', 'retry');
    });
    await open.resume('public.goods');
  };

  it('goes where the source drops or widens it, and comes where it adds it, with a resync; retry lets it go too', async () => {
    const more = { source: { createPublication: true, createSlot: true } };
    const open = await openShop(version, 'rules follow', {}, {}, more);
    shop = open;
    const { source, target } = open;
    await source.query(DDL);
    await open.reconcile();
    lane = open.startLane();
    await open.fullSync('public.goods', 'first-0');
    expect(await target.query(RULES)).toEqual(await source.query(RULES));

    await source.query(`alter table goods drop constraint goods_code_key, drop constraint small,
        add constraint small check (price < 1000), add constraint goods_twin unique (code, price);
      drop index goods_note; create index goods_price on goods (price)`);
    await source.query(`insert into goods values (21, 'c1', 500, 'n1')`);
    await setAside(open, 'ROW_REJECTED');
    await open.fullSync('public.goods', 'resync-1');
    await expectEqual(open);
    expect(await target.query(RULES)).toEqual(await source.query(RULES));
    expect(await open.row('public.goods')).toMatchObject({ phase: 'streaming', faultCode: null });

    // What a person added on the target is theirs; what came from the source goes with it.
    await target.query('alter table goods add constraint mine check (id > 0)');
    // A rename changes the text of a rule on both sides, and is no reason to drop it.
    await source.query('alter table goods rename price to cost');
    await source.query('alter table goods drop constraint small');
    await source.query(`insert into goods values (22, 'c1', 5000, 'n2')`);
    await setAside(open, 'SCHEMA_MISMATCH');
    await retry(open);
    await expectEqual(open);
    const names = (await target.query<{ name: string }>(RULES)).map(({ name }) => name);
    expect(names).toEqual(['goods_pkey', 'goods_price', 'goods_twin', 'goods_twin', 'mine']);
  });
});
