import { afterEach, describe, expect, it } from 'vitest';
import { openShop, type Shop } from '../watermark/activity-fixture.js';

describe('a verification of a table that is never compared', () => {
  let shop: Shop | null = null;
  afterEach(async () => shop?.close());

  async function verified(settings: Record<string, unknown>, columns: string): Promise<unknown> {
    shop = await openShop('18', 'never', settings);
    await shop.source.query(`create table public.t (id int primary key ${columns})`);
    await shop.reconcile();
    await shop.fullSync('public.t', 'first-0');
    return shop.verify('public.t');
  }

  it('says that the table is loaded as a whole', async () => {
    const incomparable: unknown = expect.stringContaining('loaded as a whole');
    expect(await verified({ mode: 'full' }, '')).toMatchObject({ result: 'skipped', incomparable });
  });

  it('says that the table lacks marked rows on purpose', async () => {
    const settings = {
      mode: 'incremental',
      watermark: { column: 'id' },
      deletes: 'softDeleteColumn',
      softDeleteColumn: 'gone',
    };
    const incomparable: unknown = expect.stringContaining('marked as deleted');
    expect(await verified(settings, ', gone bool')).toMatchObject({
      result: 'skipped',
      incomparable,
    });
  });
});
