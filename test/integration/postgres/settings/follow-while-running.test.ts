import { afterEach, expect, it } from 'vitest';
import { waitFor } from '../../../support/wait-for.js';
import { openShop, type Shop } from '../watermark/activity-fixture.js';
import { follow } from './watching.js';

let shop: Shop | null = null;
const closing: (() => void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) close();
  await shop?.close();
});

/** What the look at the schema brings that its workflow repeats every minute. */
it('sequences go past the source and changed views come with each look, long after the copy', async () => {
  const settings = { mode: 'incremental', watermark: { column: 'id' } };
  const opened = await openShop('18', 'follow', settings);
  shop = opened;
  await opened.source
    .query(`create table public.a (id int generated always as identity primary key);
    create sequence public.tickets; insert into a default values;
    create view public.v as select id from public.a`);
  await opened.reconcile();
  await opened.fullSync('public.a', 'first-0');
  const next = (name: string) => opened.target.query(`select nextval('${name}')::int as n`);
  expect(await next('public.a_id_seq')).toEqual([{ n: 2 }]);

  await opened.source.query(`insert into public.a select from generate_series(1, 500);
    create or replace view public.v as select id, id * 2 as twice from public.a`);
  follow(opened, 'schema', closing);
  await waitFor('the view has its new column', async () => {
    const found = await opened.target.query(
      `select 1 from pg_attribute where attrelid = 'public.v'::regclass and attname = 'twice'`,
    );
    return found.length === 1;
  });
  const [row] = (await next('public.a_id_seq')) as { n: number }[];
  expect(row?.n).toBeGreaterThan(501);
});
