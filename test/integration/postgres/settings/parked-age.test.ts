import { afterEach, describe, expect, it } from 'vitest';
import { stopApplying } from '../../../../src/activities/quarantine.js';
import { watchParked } from '../../../../src/activities/watch/watch-budgets.js';
import { requireTable } from '../../../../src/session/pipeline-session.js';
import { waitFor } from '../../../support/wait-for.js';
import type { Shop } from '../watermark/activity-fixture.js';
import { openShop } from '../watermark/activity-fixture.js';

describe('parkedMax.age', () => {
  let shop: Shop | null = null;
  let lane: { stop(): Promise<void> } | null = null;

  afterEach(async () => {
    await lane?.stop().catch(() => undefined);
    await shop?.close();
  });

  it('lets go of the changes of a paused table that are kept for longer, and of no others', async () => {
    const source = { createPublication: true, createSlot: true };
    const opened = await openShop('18', 'age', { parkedMax: { age: '1h' } }, {}, { source });
    shop = opened;
    await opened.source.query('create table public.t (id int primary key)');
    await opened.reconcile();
    lane = opened.startLane();
    await opened.fullSync('public.t', 'first-0');
    await opened.use(async (session) => {
      const target = await session.target('copy');
      const ref = { pipeline: opened.pipeline, target: 'copy', slug: 'public.t' };
      const row = await requireTable(target, ref);
      await stopApplying(target, row);
      await target.state.tables.setPhase(row.tableId, 'paused', 'a test');
    });
    await opened.source.query('insert into t values (1)');
    const kept = async (): Promise<number> =>
      (await opened.target.query('select from sluice.parked')).length;
    await waitFor('the change is kept', async () => (await kept()) === 1);
    const look = async (): Promise<void> => opened.use((session) => watchParked(session, 'copy'));
    await look();
    expect(await kept()).toBe(1);
    await opened.target.query(
      `update sluice.table_feed set parked_since = now() - interval '61 minutes'`,
    );
    await look();
    expect(await kept()).toBe(0);
    const row = await opened.row('public.t');
    expect(row).toMatchObject({ phase: 'quarantined', faultCode: 'PARKED_BUDGET', parks: false });
    expect(row.faultMessage).toMatch(/changes of 36\d\d s, more than 3600 s/);
  });
});
