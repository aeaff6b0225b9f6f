/** A table that is gone from the source, or from the configuration, says which of the two it is. */
import { readFile, writeFile } from 'node:fs/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { controlActivities } from '../../../../src/activities/control/control.js';
import type { Dependencies } from '../../../../src/activities/dependencies.js';
import { openShop, type Shop } from '../watermark/activity-fixture.js';

let shop: Shop;
beforeEach(async () => {
  shop = await openShop('18', 'detached', { mode: 'full' });
  for (const name of ['t', 'other']) {
    await shop.source.query(`create table public.${name} (id int primary key)`);
  }
  await shop.reconcile();
  await shop.fullSync('public.t', 'first-0');
});
afterEach(async () => shop.close());

/** As its workflow does it when it sees what is wanted. */
async function detach(): Promise<void> {
  const { configPath, pipeline } = shop;
  const activities = controlActivities({ session: { configPath } } as unknown as Dependencies);
  const run = async (): Promise<void> =>
    activities.detachTable({ pipeline, target: 'copy', slug: 'public.t' });
  await new MockActivityEnvironment().run<[], void, typeof run>(run);
}

async function exclude(patterns: readonly string[]): Promise<void> {
  const config = JSON.parse(await readFile(shop.configPath, 'utf8')) as {
    pipelines: Record<string, { tables: { exclude?: readonly string[] } }>;
  };
  for (const { tables } of Object.values(config.pipelines)) tables.exclude = patterns;
  await writeFile(shop.configPath, JSON.stringify(config));
}

test('one that was dropped on the source has a fault, until it is there again', async () => {
  await shop.source.query('drop table public.t');
  await shop.reconcile();
  expect(await shop.row('public.t')).toMatchObject({
    wanted: 'detach',
    wantedReason: 'the source has no table of that name any more',
  });
  await detach();
  const gone = await shop.row('public.t');
  expect(gone).toMatchObject({ phase: 'detached', faultCode: 'TABLE_MISSING' });
  expect(gone.faultMessage).toContain('public.t');
  await shop.source.query('create table public.t (id int primary key)');
  await shop.reconcile();
  expect(await shop.row('public.t')).toMatchObject({
    phase: 'new',
    wanted: 'run',
    faultCode: null,
    faultMessage: null,
  });
});

test('one that left the configuration has none, also where it had one before', async () => {
  await shop.use(async (session) => {
    const { state } = await session.target('copy');
    const { tableId } = await shop.row('public.t');
    await state.tables.setFault(tableId, { code: 'ROW_REJECTED', message: 'as scripted' });
  });
  await exclude(['public.t']);
  await shop.reconcile();
  await detach();
  expect(await shop.row('public.t')).toMatchObject({
    phase: 'detached',
    wantedReason: 'it is not in the configuration any more',
    faultCode: null,
  });
  // Dropped later: still the configuration is why.
  await shop.source.query('drop table public.t');
  await shop.reconcile();
  expect(await shop.row('public.t')).toMatchObject({ phase: 'detached', faultCode: null });
});
