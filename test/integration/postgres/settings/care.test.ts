import { afterEach, describe, expect, it } from 'vitest';
import { waitFor } from '../../../support/wait-for.js';
import type { Shop } from '../watermark/activity-fixture.js';
import { openShop } from '../watermark/activity-fixture.js';
import { rowsOf } from '../watermark/fixture.js';

const HOUR_MS = 3_600_000;

describe('care for the source, in force on a server', () => {
  const open: Shop[] = [];

  afterEach(async () => {
    await Promise.all(open.splice(0).map(async (shop) => shop.close()));
  });

  async function openWith(
    label: string,
    care: Record<string, unknown>,
    tables: string,
    settings: Record<string, unknown> = { mode: 'full' },
  ): Promise<Shop> {
    const shop = await openShop('18', label, settings, care);
    open.push(shop);
    await shop.source.query(tables);
    await shop.reconcile();
    return shop;
  }

  it('maxReaders: never more sessions read at a time, however many tables copy', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const make = names.map(
      (name) => `create table public.${name} (id int primary key, note text);
        insert into public.${name} select g, repeat('x', 300) from generate_series(1, 40000) g;
        analyze public.${name};`,
    );
    const shop = await openWith('care readers', { maxReaders: 2 }, make.join('\n'));
    const watcher = await shop.source.connect();
    let most = 0;
    let done = false;
    const watch = (async () => {
      while (!done) {
        const { rows } = await watcher.query<{ n: number }>(`
          select count(*)::int as n from pg_stat_activity
           where datname = current_database() and application_name like 'sluice %'
             and state = 'active' and query ilike 'copy %'`);
        most = Math.max(most, rows[0]?.n ?? 0);
      }
    })();
    await Promise.all(names.map(async (name) => shop.fullSync(`public.${name}`, 'first-0')));
    done = true;
    await watch;
    expect(most).toBe(2);
    for (const name of names) expect(await rowsOf(shop.target, name)).toHaveLength(40_000);
  });

  it('maxRowsPerSecond: all copies together read no faster', async () => {
    const make = ['r1', 'r2'].map(
      (name) => `create table public.${name} (id int primary key);
        insert into public.${name} select generate_series(1, 8000);
        analyze public.${name};`,
    );
    const chunks = { mode: 'incremental', watermark: { column: 'id' }, chunk: { rows: 1_000 } };
    const shop = await openWith('care rate', { maxRowsPerSecond: 4_000 }, make.join('\n'), chunks);
    await Promise.all(['r1', 'r2'].map(async (name) => shop.fullSync(`public.${name}`, 'first-0')));
    // A second's worth may come at once, and the last chunks are paid for by nobody.
    expect(
      (await shop.target.query(`select from sluice.chunk where state = 'done'`)).length,
    ).toBeGreaterThan(8);
    const [marks] = await shop.target.query<{ seconds: number }>(`
      select extract(epoch from max(finished_at) - min(finished_at))::float8 as seconds
        from sluice.chunk where state = 'done'`);
    expect(marks?.seconds).toBeGreaterThan(16_000 / 4_000 - 2);
  });

  it('copyWindow: outside of it no chunk is read and the reason names when it opens', async () => {
    const opens = new Date(Math.ceil(Date.now() / HOUR_MS) * HOUR_MS + 3 * HOUR_MS);
    // An hour of the clock in Kathmandu, 5:45 ahead of UTC all year.
    const there = new Date(opens.getTime() + 5.75 * HOUR_MS);
    const cron = `${String(there.getUTCMinutes())} ${String(there.getUTCHours())} * * *`;
    const copyWindow = { cron, timezone: 'Asia/Kathmandu', duration: '1h' };
    const table = `create table public.t (id int primary key);
      insert into public.t select generate_series(1, 3000)`;
    const shop = await openWith('care window', { copyWindow }, table);
    const ended = new Error('The copy lane has returned.');
    const copying = shop.fullSync('public.t', 'first-0', async () => Promise.reject(ended));
    copying.catch(() => undefined);
    const message = await waitFor('the copy says that it waits', async () => {
      const [event] = await shop.target.query<{ message: string }>(
        `select message from sluice.event where kind = 'copy.waits'`,
      );
      return event?.message;
    });
    expect(message).toBe(`The copy waits: the copy window opens ${opens.toISOString()}.`);
    expect(await shop.target.query(`select from sluice.chunk where state <> 'pending'`)).toEqual(
      [],
    );
    // Whoever pauses the table is obeyed meanwhile, so the wait holds up nobody.
    await shop.target.query(`update sluice.table_state set wanted = 'pause'`);
    await expect(copying).rejects.toBe(ended);
    expect(await shop.target.query(`select from sluice.chunk where state <> 'pending'`)).toEqual(
      [],
    );
  });

  it('copyWindow: a copy of which every chunk is loaded waits for it no longer', async () => {
    const opens = new Date(Math.ceil(Date.now() / HOUR_MS) * HOUR_MS + 3 * HOUR_MS);
    const copyWindow = { cron: `0 ${String(opens.getUTCHours())} * * *`, duration: '1h' };
    const table = 'create table public.t (id int primary key); insert into public.t values (1)';
    const shop = await openWith('care loaded', { copyWindow }, table);
    let returned = false;
    const copying = shop.fullSync('public.t', 'first-0', async () => {
      returned = true;
      return Promise.resolve();
    });
    copying.catch(() => undefined);
    await waitFor(
      'the copy waits',
      async () =>
        (await shop.target.query(`select from sluice.event where kind = 'copy.waits'`)).length > 0,
    );
    expect(returned).toBe(false);
    // As another lane of this copy leaves them.
    await shop.target.query(`update sluice.chunk set state = 'done'`);
    await waitFor('it has returned', async () => Promise.resolve(returned));
    await copying;
  });

  it('statementTimeout: a statement on the source that takes longer is ended there', async () => {
    const shop = await openWith(
      'care statement',
      { statementTimeout: '1s' },
      'create table public.t (id int primary key)',
    );
    await shop.use(async (session) => {
      const source = await session.source();
      await expect(source.care.load('select 1 from pg_sleep(9)')).rejects.toMatchObject({
        code: 'SERVER_BUSY',
      });
    });
  });
});
