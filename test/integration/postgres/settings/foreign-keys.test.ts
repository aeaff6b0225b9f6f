import { afterEach, expect, it } from 'vitest';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { waitFor } from '../../../support/wait-for.js';
import type { Shop } from '../watermark/activity-fixture.js';
import { openShop } from '../watermark/activity-fixture.js';
import { rowsOf } from '../watermark/fixture.js';

const DDL = `
create table public.parent (id int primary key, v text);
create table public.child (id int primary key, parent int not null references public.parent);
alter table public.parent add favourite int constraint parent_favourite_fkey references public.child;
insert into parent (id, v) select i, 'p' from generate_series(1, 10) i;
insert into child select i, i from generate_series(1, 10) i;
update parent set favourite = 11 - id`;

describeEachPostgres('foreignKeys: enforce, on PostgreSQL %s', (version) => {
  let shop: Shop | null = null;
  let lane: { stop(): Promise<void> } | null = null;

  afterEach(async () => {
    await lane?.stop().catch(() => undefined);
    await shop?.close();
  });

  it('checks every row that is written, whatever the order, in a circle of tables too', async () => {
    const more = {
      pipeline: { foreignKeys: 'enforce' },
      source: { createPublication: true, createSlot: true },
    };
    shop = await openShop(version, 'enforce', {}, {}, more);
    await shop.source.query(DDL);
    await shop.reconcile();
    lane = shop.startLane();
    await shop.fullSync('public.parent', 'first-0');
    await shop.fullSync('public.child', 'first-0');
    const { source, target } = shop;
    const keys = await target.query(
      `select conname as name, convalidated, condeferred from pg_constraint where contype = 'f'
          and conrelid in ('public.parent'::regclass, 'public.child'::regclass) order by name`,
    );
    const names = ['child_parent_fkey', 'parent_favourite_fkey'];
    expect(keys).toEqual(names.map((name) => ({ name, convalidated: true, condeferred: true })));
    // Children first on the target, whatever order the lane takes its tables in.
    await source.query(`begin; insert into parent (id, v) select i, 'new' from generate_series(11, 500) i;
      insert into child select i, i from generate_series(11, 500) i;
      update parent set favourite = id where id > 10; commit`);
    await source.query(`begin; update parent set favourite = null where id > 400 or favourite = 5;
      delete from child where id > 400; delete from parent where id > 400;
      update child set parent = 1 where id = 5; delete from parent where id = 5; commit`);
    await waitFor(
      'both tables are equal',
      async () =>
        JSON.stringify([await rowsOf(target, 'parent'), await rowsOf(target, 'child')]) ===
        JSON.stringify([await rowsOf(source, 'parent'), await rowsOf(source, 'child')]),
    );
    // A row that the target's constraint forbids sets its table aside instead of being let through.
    await target.query(
      `update parent set favourite = null where favourite = 7;
       delete from child where parent = 7; delete from parent where id = 7`,
    );
    await source.query('insert into child values (1000, 7)');
    const row = async () => (await shop?.row('public.child'))?.phase;
    await waitFor('the child table is set aside', async () => (await row()) === 'quarantined');
    expect((await shop.row('public.child')).faultMessage).toContain('child_parent_fkey');
    expect((await shop.row('public.parent')).phase).toBe('streaming');
  });
});
