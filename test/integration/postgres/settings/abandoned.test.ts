import { afterEach, describe, expect, it } from 'vitest';
import { alertAbandoned } from '../../../../src/activities/watch/watch-abandoned.js';
import { createLogger } from '../../../../src/observability/logger.js';
import { findAbandoned } from '../../../../src/session/abandoned.js';
import type { Shop } from '../watermark/activity-fixture.js';
import { openShop } from '../watermark/activity-fixture.js';

describe('abandonAfter', () => {
  let shop: Shop | null = null;

  afterEach(async () => shop?.close());

  it('alerts once for a slot whose pipeline has not run for so long, and for no other', async () => {
    const source = { createPublication: true, createSlot: true };
    const more = { source, pipeline: { abandonAfter: '1h' } };
    shop = await openShop('18', 'abandoned', {}, {}, more);
    await shop.source.query('create table public.t (id int primary key)');
    await shop.reconcile();
    let running = false;
    const client = { pipelineState: () => Promise.resolve({ running }) };
    const logger = createLogger('silent');
    const told = new Set<string>();
    const deps = { session: { configPath: shop.configPath }, client, logger };
    const alerts = async () =>
      shop?.target.query(`select message from sluice.event where kind = 'feed.abandoned'`);
    await alertAbandoned(deps, told);
    expect(await alerts()).toHaveLength(0);
    await shop.target.query(`update sluice.lane set updated_at = now() - interval '26 hours'`);
    running = true;
    await alertAbandoned(deps, told);
    expect(await alerts()).toHaveLength(0);
    running = false;
    await alertAbandoned(deps, told);
    await alertAbandoned(deps, told);
    expect(await alerts()).toHaveLength(1);
    expect(JSON.stringify(await alerts())).toMatch(/has not run for 26 h.*sluice start/);
  });

  it('is silent while somebody reads the slot of a source where nothing happens', async () => {
    const source = { createPublication: true, createSlot: true };
    shop = await openShop('18', 'quiet', {}, {}, { source, pipeline: { abandonAfter: '1h' } });
    await shop.source.query('create table public.t (id int primary key)');
    await shop.reconcile();
    await shop.use(async (session) => {
      const target = await session.target('copy');
      const [lane] = await target.state.lanes.list(session.pipeline);
      if (lane?.position == null) throw new Error('There is no lane.');
      const old = { ...lane, updatedAt: new Date(0) };
      expect(await findAbandoned(session, old)).toMatchObject({ code: 'feed.abandoned' });
      const feed = (await session.source()).feed('cdc');
      const options = { wire: 'pg', maxBufferedBytes: 1_000_000 };
      const name = session.feedName('copy', 'cdc');
      const reader = await feed.open(name, lane.position, options);
      expect(await findAbandoned(session, old)).toBeNull();
      await reader.close();
    });
  });
});
