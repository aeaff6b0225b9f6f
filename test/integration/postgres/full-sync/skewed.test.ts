import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import type { Scene } from './fixture.js';
import { beginCopy, contents, copyAll, openScene, showStage } from './fixture.js';

describeEachPostgres('a table with skewed keys on PostgreSQL %s', (version) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(version, `skewed ${version}`);
    // Customers by Zipf's law: the first has about a ninth of all orders, most have one or none.
    await scene.source.query(`
      create table public.orders (customer bigint, n int, filler text, primary key (customer, n));
      insert into public.orders
      select k.customer::bigint ^ 3, s.n, repeat('x', 20 + s.n % 60)
        from generate_series(1, 4000) as k (customer),
             lateral generate_series(1, greatest(1, 6000 / k.customer)) as s (n)
       order by random();
      analyze public.orders`);
  });
  afterAll(async () => scene.close());

  it('is copied in chunks of which none is larger than twice the median', async () => {
    const model = await scene.model('public.orders');
    const stage = await beginCopy(scene, model);
    await copyAll(scene, model, stage, { chunkBytes: 128 * 1024 });
    const [chunks] = await scene.target.query<{ n: number; largest: number; median: number }>(
      `select count(*)::int as n, max(bytes)::float8 as largest,
              percentile_disc(0.5) within group (order by bytes)::float8 as median
         from sluice.chunk where table_id = ${stage.tableId}`,
    );
    expect(chunks?.n).toBeGreaterThan(20);
    expect(chunks?.largest ?? 0).toBeLessThanOrEqual(2 * (chunks?.median ?? 0));
    await showStage(scene, stage);
    expect(await contents(scene.target, 'public.orders')).toBe(
      await contents(scene.source, 'public.orders'),
    );
  });
});
