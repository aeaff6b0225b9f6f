import { afterEach, expect, it } from 'vitest';
import { waitFor } from '../../../support/wait-for.js';
import type { Shop } from '../watermark/activity-fixture.js';
import { openShop } from '../watermark/activity-fixture.js';

const INDEX = `
select i.indexrelid::text as oid, i.indisvalid as valid from pg_index i
 where i.indexrelid = to_regclass('public.goods_price')`;

let shop: Shop | null = null;
afterEach(async () => {
  await shop?.close();
});

async function open(label: string): Promise<Shop> {
  const more = { source: { createPublication: true, createSlot: true } };
  shop = await openShop('18', label, {}, {}, more);
  await shop.source.query(`
    create table public.goods (id int primary key, price int);
    insert into goods select i, i / 2 from generate_series(1, 20) i`);
  await shop.reconcile();
  const lane = shop.startLane();
  await shop.fullSync('public.goods', 'first-0');
  await lane.stop();
  await shop.source.query('create index goods_price on goods (price)');
  return shop;
}

/** As it ends each copy. */
async function finish(opened: Shop): Promise<readonly { action: string; message: string }[]> {
  const row = await opened.row('public.goods');
  return opened.use(async (session) => {
    const target = await session.target('copy');
    const owner = { pipeline: row.pipeline, target: row.target };
    const model = await session.model(row);
    return (await target.schema.finishTable?.(model, row.targetTable, owner)) ?? [];
  });
}

it('an index that somebody else began is left alone', async () => {
  const opened = await open('half built by another');
  // Duplicates end it: what stays is not valid.
  await expect(
    opened.target.query('create unique index concurrently goods_price on goods (price)'),
  ).rejects.toThrow();
  const before = await opened.target.query(INDEX);
  expect(before).toMatchObject([{ valid: false }]);
  const message = expect.stringContaining('goods_price of public.goods') as string;
  expect(await finish(opened)).toMatchObject([{ action: 'left', message }]);
  expect(await opened.target.query(INDEX)).toEqual(before);
  await opened.target.query('drop index goods_price');
  expect(await finish(opened)).toMatchObject([{ action: 'created' }]);
  expect(await opened.target.query(INDEX)).toMatchObject([{ valid: true }]);
});

it('an index that Sluice began and could not end is built anew', async () => {
  const opened = await open('half built by us');
  const writer = await opened.target.connect();
  await writer.query('begin; update goods set price = 0 where id = 1');
  const failed = finish(opened).then(
    () => null,
    (error: unknown) => error,
  );
  await waitFor('it is being built', async () => {
    const rows = await opened.target.query(INDEX);
    return rows.length > 0;
  });
  // On a server that builds indexes of other tests too.
  await opened.target.query(
    `select pg_terminate_backend(pid) from pg_stat_progress_create_index
      where datname = current_database()`,
  );
  expect(await failed).not.toBeNull();
  await writer.query('commit');
  expect(await opened.target.query(INDEX)).toMatchObject([{ valid: false }]);
  expect(await finish(opened)).toMatchObject([{ action: 'created' }]);
  expect(await opened.target.query(INDEX)).toMatchObject([{ valid: true }]);
  const marks = `select object from sluice.owned where kind = 'index'`;
  expect(await opened.target.query(marks)).toEqual([]);
});
