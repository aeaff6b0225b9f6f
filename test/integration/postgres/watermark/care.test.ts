import { afterEach, expect, it } from 'vitest';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { waitFor } from '../../../support/wait-for.js';
import type { Shop } from './activity-fixture.js';
import { openShop } from './activity-fixture.js';
import { rowsOf } from './fixture.js';

describeEachPostgres('care for a source of PostgreSQL %s', (version) => {
  const open: Shop[] = [];

  afterEach(async () => {
    await Promise.all(open.splice(0).map(async (shop) => shop.close()));
  });

  it('lets a copy wait while the source is busy, says why, and goes on afterwards', async () => {
    const care = {
      loadQuery: 'select load::text from care.load',
      loadLimit: 5,
      maxReplicationLag: '1s',
      maxRowsPerSecond: 100_000,
      maxReaders: 1,
    };
    const shop = await openShop(version, 'care', { mode: 'full' }, care);
    open.push(shop);
    await shop.source.query(`
      create schema care; create table care.load (load numeric); insert into care.load values (7.5);
      create table public.t (id int primary key); insert into t select generate_series(1, 1000)`);
    await shop.reconcile();
    const copying = shop.fullSync('public.t', 'first-0');
    const message = await waitFor('the copy says that it waits', async () => {
      const [event] = await shop.target.query<{ message: string }>(
        `select message from sluice.event where kind = 'copy.waits'`,
      );
      return event?.message;
    });
    expect(message).toBe("The copy waits: the source's load is 7.5, above 5.");
    expect(await shop.target.query(`select from sluice.chunk where state <> 'pending'`)).toEqual(
      [],
    );
    await shop.source.query('update care.load set load = 1');
    await copying;
    expect(await rowsOf(shop.target, 't')).toHaveLength(1_000);
  });
});
