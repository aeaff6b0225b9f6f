import { afterAll, beforeAll, expect, it } from 'vitest';
import { openShop, type Shop } from '../watermark/activity-fixture.js';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop('18', 'left chunk', { mode: 'full' });
});
afterAll(async () => shop.close());

it('a chunk that one hand of a lane left is taken up at once, whoever of the hands looks first', async () => {
  await shop.source.query(`
    create table public.t (id int primary key);
    insert into public.t select generate_series(1, 100)`);
  await shop.reconcile();
  // As an attempt leaves it that ended a moment ago.
  await shop.target.query(`
    create function public.left_by_second_hand() returns trigger language plpgsql as $$
      begin
        new.state := 'running';
        new.lane := 1;
        new.started_at := clock_timestamp();
        return new;
      end $$;
    create trigger left_by_second_hand before insert on sluice.chunk
      for each row execute function public.left_by_second_hand()`);
  await shop.fullSync('public.t', 'first-left');
  expect(await shop.target.query('select count(*)::int as n from public.t')).toEqual([{ n: 100 }]);
});
