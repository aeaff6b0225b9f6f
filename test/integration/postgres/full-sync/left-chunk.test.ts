import { afterAll, beforeAll, expect, it } from 'vitest';
import { openShop, type Shop } from '../watermark/activity-fixture.js';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop('18', 'left chunk', { mode: 'full' });
});
afterAll(async () => shop.close());

it.each([
  { left: 'the other hand of this lane', lane: 1, lanes: 1 },
  { left: 'a lane that is no more since parallelism was lowered', lane: 6, lanes: 1 },
  // A workflow that a worker of a former version runs.
  { left: 'a hand of this lane, of how many nobody says,', lane: 0, lanes: undefined },
])('a chunk that $left left is taken up at once', async ({ lane, lanes }) => {
  await shop.source.query(`
    create table public.t_${lane} (id int primary key);
    insert into public.t_${lane} select generate_series(1, 100)`);
  await shop.reconcile();
  // As an attempt leaves it that ended a moment ago.
  await shop.target.query(`
    create function public.left_by_hand_${lane}() returns trigger language plpgsql as $$
      begin
        new.state := 'running';
        new.lane := ${lane};
        new.started_at := clock_timestamp();
        return new;
      end $$;
    create trigger left_by_hand_${lane} before insert on sluice.chunk
      for each row execute function public.left_by_hand_${lane}()`);
  const told = { lane: 0, ...(lanes === undefined ? {} : { lanes }) };
  await shop.fullSync(`public.t_${lane}`, `first-left-${lane}`, undefined, told);
  const copied = `select count(*)::int as n from public.t_${lane}`;
  expect(await shop.target.query(copied)).toEqual([{ n: 100 }]);
  await shop.target.query(`drop trigger left_by_hand_${lane} on sluice.chunk`);
});
