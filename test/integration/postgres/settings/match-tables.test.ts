import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { controlActivities } from '../../../../src/activities/control/control.js';
import type { Dependencies } from '../../../../src/activities/dependencies.js';
import type { MatchRequest, TablePage } from '../../../../src/core/protocol.js';
import { openShop, type Shop } from '../watermark/activity-fixture.js';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop('18', 'match tables', { mode: 'full' });
  for (const table of ['runs', 'paused', 'off']) {
    await shop.source.query(`create table public.${table} (id int primary key)`);
  }
  await shop.reconcile();
  await shop.target.query(`
    update sluice.table_state set wanted = 'pause' where slug = 'public.paused';
    update sluice.table_state set enabled = false where slug = 'public.off'`);
});
afterAll(async () => shop.close());

async function match(more: Partial<MatchRequest>): Promise<readonly string[]> {
  const session = { configPath: shop.configPath };
  const control = controlActivities({ session } as unknown as Dependencies);
  const request = { pipeline: shop.pipeline, target: 'copy', pattern: '*', after: '', ...more };
  const ask = async (): Promise<TablePage> => control.matchTables(request);
  const page = await new MockActivityEnvironment().run<[], TablePage, typeof ask>(ask);
  return [...page.slugs].sort();
}

it('a command finds every table by its name, a schedule those that nobody paused or switched off', async () => {
  expect(await match({})).toEqual(['public.off', 'public.paused', 'public.runs']);
  expect(await match({ awake: true })).toEqual(['public.runs']);
  expect(await match({ pattern: 'public.p*' })).toEqual(['public.paused']);
});
