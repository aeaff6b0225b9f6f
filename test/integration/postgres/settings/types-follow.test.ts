import { afterEach, expect, it } from 'vitest';
import { watchCatalogue } from '../../../../src/activities/watch/watch-catalogue.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { waitFor } from '../../../support/wait-for.js';
import type { Shop } from '../watermark/activity-fixture.js';
import { openShop } from '../watermark/activity-fixture.js';
import { rowsOf } from '../watermark/fixture.js';

const DDL = `
create type public.mood as enum ('sad', 'happy');
create domain public.amount as int constraint small check (value < 100);
create table public.people (id int primary key, mood public.mood, moods public.mood[]);
create table public.bills (id int primary key, sum public.amount);
insert into people select i, 'sad', '{happy}' from generate_series(1, 10) i;
insert into bills select i, i from generate_series(1, 10) i`;

describeEachPostgres('types of the source, on PostgreSQL %s', (version) => {
  let shop: Shop | null = null;
  let lane: { stop(): Promise<void> } | null = null;

  afterEach(async () => {
    await lane?.stop().catch(() => undefined);
    await shop?.close();
  });

  async function open(label: string): Promise<Shop> {
    const more = { source: { createPublication: true, createSlot: true } };
    const opened = await openShop(version, label, {}, {}, more);
    shop = opened;
    await opened.source.query(DDL);
    await opened.reconcile();
    lane = opened.startLane();
    await opened.fullSync('public.people', 'first-0');
    await opened.fullSync('public.bills', 'first-0');
    return opened;
  }

  const expectEqual = async ({ source, target }: Shop, table: string): Promise<void> => {
    await waitFor(
      `${table} is equal`,
      async () =>
        JSON.stringify(await rowsOf(target, table)) === JSON.stringify(await rowsOf(source, table)),
    );
  };

  const watch = async (open: Shop): Promise<void> => {
    await open.use(async (session) => watchCatalogue(session, 'copy'));
  };

  /** Set aside by the first row that uses what is new, and brought back by the watch. */
  const mend = async (open: Shop, table: string): Promise<void> => {
    await waitFor(`${table} is set aside`, async () => {
      return (await open.row(`public.${table}`)).phase === 'quarantined';
    });
    await watch(open);
    expect(await open.row(`public.${table}`)).toMatchObject({ phase: 'paused', faultCode: null });
    await open.resume(`public.${table}`);
    await expectEqual(open, table);
  };

  it('follow: labels, checks of domains, and new ones with the column that uses them', async () => {
    const open_ = await open('types follow');
    const { source, target } = open_;
    await source.query(`alter type public.mood add value 'calm' before 'happy'`);
    await source.query(`update people set moods = '{calm,sad}' where id = 3;
      insert into people values (11, 'calm', null)`);
    await mend(open_, 'people');
    await source.query(`alter domain public.amount drop constraint small;
      alter domain public.amount add constraint large check (value < 1000);
      insert into bills values (11, 500)`);
    await mend(open_, 'bills');
    // Seen before a row uses it: nothing is set aside.
    await source.query(`alter type public.mood add value 'merry'; create type public.hue as enum ('red');
      create domain public.word as text; alter table bills add hue public.hue, add word public.word[]`);
    await watch(open_);
    await source.query(`insert into people values (12, 'merry', null);
      insert into bills values (12, 1, 'red', '{a,b}')`);
    await expectEqual(open_, 'people');
    await expectEqual(open_, 'bills');
    const labels = await target.query(
      `select array_to_string(enum_range(null::public.mood), ' ') as labels`,
    );
    expect(labels).toEqual([{ labels: 'sad calm happy merry' }]);
    expect((await open_.row('public.people')).phase).toBe('streaming');
  });

  it('follow with a resync of a table that was set aside', async () => {
    const open_ = await open('types resync');
    await open_.source.query(`alter type public.mood add value 'calm'`);
    await open_.source.query(`insert into people values (11, 'calm', null)`);
    await waitFor('people is set aside', async () => {
      return (await open_.row('public.people')).phase === 'quarantined';
    });
    await open_.fullSync('public.people', 'resync-1');
    await expectEqual(open_, 'people');
    expect(await open_.row('public.people')).toMatchObject({ phase: 'streaming', faultCode: null });
  });
});
