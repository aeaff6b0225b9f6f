import { afterEach, describe, expect, it } from 'vitest';
import { is14Missing, titled } from '../../../support/postgres-versions.js';
import { waitFor } from '../../../support/wait-for.js';
import type { Shop } from '../watermark/activity-fixture.js';
import { openShop } from '../watermark/activity-fixture.js';

const DDL = 'create table public.t (id int primary key, v text)';
const SAME = 'select md5(string_agg(md5(t::text), $$$$ order by id)) as same from t';

describe('existing: adopt', () => {
  let shop: Shop | null = null;
  let lane: { stop(): Promise<void> } | null = null;

  afterEach(async () => {
    await lane?.stop().catch(() => undefined);
    lane = null;
    await shop?.close();
  });

  const openWith = async (version: '14' | '18', rows: number) => {
    const source = { createPublication: true, createSlot: true };
    const opened = await openShop(version, 'adopt', { existing: 'adopt' }, {}, { source });
    shop = opened;
    const fill = `insert into t select i, 'row ' || i from generate_series(1, ${rows}) i`;
    for (const side of [opened.source, opened.target]) {
      await side.query(`${DDL}; ${fill}; analyze t`);
    }
    await opened.target.query(`
      create table public.written (op text);
      create function public.count_it() returns trigger language plpgsql as
        'begin insert into public.written values (tg_op); return null; end';
      create trigger counts after insert or update or delete on t
        for each row execute function count_it();
      alter table t enable always trigger counts`);
    await opened.reconcile();
    return opened;
  };

  const written = async (opened: Shop) => {
    const rows = await opened.target.query<{ n: number }>('select count(*)::int n from written');
    return rows[0]?.n ?? 0;
  };

  const isEqual = async (opened: Shop) => {
    const [a, b] = await Promise.all([opened.source.query(SAME), opened.target.query(SAME)]);
    return JSON.stringify(a) === JSON.stringify(b);
  };

  const what = 'writes the 10 wrong rows of a target and no other, then streams';
  for (const [version, rows] of [
    ['14', 20_000],
    ['18', 1_000_000],
  ] as const) {
    const title = titled(`${what}, on PostgreSQL ${version} with ${rows} rows`, version);
    it.skipIf(version === '14' && is14Missing)(title, async () => {
      const opened = await openWith(version, rows);
      await opened.target.query(`
        alter table t disable trigger counts;
        update t set v = 'wrong' where id in (3, 5000, 9999, 12345);
        delete from t where id in (1, 777, ${rows});
        insert into t values (${rows} + 1, 'extra'), (${rows} + 2, 'extra'), (-1, 'extra');
        alter table t enable always trigger counts`);
      lane = opened.startLane();
      await opened.fullSync('public.t', 'first-0');
      expect(await isEqual(opened)).toBe(true);
      expect(await written(opened)).toBe(10);
      expect(await opened.row('public.t')).toMatchObject({ phase: 'streaming', rowsCopied: 0 });
      await opened.source.query(
        `update t set v = 'streamed' where id <= 5; delete from t where id = 9`,
      );
      await waitFor('the stream goes on', async () => isEqual(opened));
    });
  }

  it('loses no change that comes while the rows are compared', async () => {
    const opened = await openWith('18', 20_000);
    await opened.target.query(`update t set v = 'wrong' where id % 4000 = 0`);
    lane = opened.startLane();
    let n = 0;
    let writing = true;
    const writer = (async () => {
      while (writing) {
        n += 1;
        await opened.source.query(`
          insert into t values (${100_000 + n}, 'new') on conflict do nothing;
          update t set v = 'changed ${n}' where id in (${n % 20_000}, 4000, 8000);
          delete from t where id = ${10_000 + n}`);
      }
    })();
    await opened.fullSync('public.t', 'first-0').finally(() => (writing = false));
    await writer;
    await waitFor('both sides are equal', async () => isEqual(opened), { timeoutMs: 60_000 });
    expect(n).toBeGreaterThan(3);
  });

  it('takes the way of a whole copy where more differs than can be listed', async () => {
    const opened = await openWith('18', 20_000);
    await opened.target.query(`update t set v = 'wrong' where id % 2 = 0`);
    await opened.target.query('truncate written');
    lane = opened.startLane();
    await opened.fullSync('public.t', 'first-0');
    expect(await isEqual(opened)).toBe(true);
    expect(await opened.row('public.t')).toMatchObject({ rowsCopied: 20_000 });
    expect(await written(opened)).toBe(10_000);
  });
});
