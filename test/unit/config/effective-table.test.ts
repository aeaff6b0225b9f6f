import { describe, expect, it } from 'vitest';
import { effectiveTable, switchedOffBy } from '../../../src/config/effective-table.js';
import { CONNECTIONS, VALID, load } from './support.js';

async function pipeline(rest: string) {
  const text = `${CONNECTIONS}pipelines:\n  shop:\n    source: shopDb\n    targets: [replica]\n${rest}`;
  const shop = (await load(text)).config.pipelines.shop;
  if (shop === undefined) throw new Error('the pipeline was not loaded');
  return shop;
}

const SETTINGS = `
    verification: { every: 1h }
    defaults: { mode: full, chunk: { rows: 7 } }
    tables:
      include: ['*.*']
      settings:
        public.orders: { parallelism: 5, target: { table: o2 } }
        public.*: { parallelism: 3, load: swap, key: [a, b] }
        '*.orders': { parallelism: 4, load: merge, chunk: { bytes: 1MB }, key: [c] }
`;

describe('effectiveTable', () => {
  it('fills in every default', async () => {
    const shop = (await load(VALID)).config.pipelines.shop;
    expect(shop && effectiveTable(shop, 'public.a')).toEqual({
      source: { schema: 'public', table: 'a' },
      target: { schema: 'public', table: 'a' },
      enabled: true,
      mode: 'auto',
      load: 'auto',
      poll: { incremental: 30_000, cdc: 10_000, changeTracking: 5_000 },
      watermark: { overlap: 60_000 },
      chunk: { bytes: 16_777_216 },
      parallelism: 2,
      verification: { every: 300_000, rows: 10_000, timezone: 'UTC' },
      existing: 'refuse',
      deletes: 'ignore',
      sweepEvery: 3_600_000,
      onRowError: 'quarantine',
      parkedMax: { bytes: 10_737_418_240, age: 604_800_000 },
    });
  });

  it('lets an exact name win over patterns and a later pattern over an earlier one', async () => {
    const table = effectiveTable(await pipeline(SETTINGS), 'public.orders');
    expect(table.parallelism).toBe(5);
    expect(table.load).toBe('merge');
    expect(table.key).toEqual(['c']);
  });

  it('merges groups key by key through all levels', async () => {
    const table = effectiveTable(await pipeline(SETTINGS), 'public.orders');
    expect(table.chunk).toEqual({ rows: 7, bytes: 1_048_576 });
    expect(table.target).toEqual({ schema: 'public', table: 'o2' });
    expect(table.verification).toEqual({ every: 3_600_000, rows: 10_000, timezone: 'UTC' });
    expect(table.mode).toBe('full');
  });

  it('replaces refresh whole, so that an interval and a cron never stand side by side', async () => {
    const shop = await pipeline(`
    defaults: { mode: full, refresh: { cron: '0 2 * * *', timezone: Europe/Berlin } }
    tables: { include: ['*.*'], settings: { public.a: { refresh: { every: 1h } } } }
`);
    expect(effectiveTable(shop, 'public.a').refresh).toEqual({ every: 3_600_000 });
    expect(effectiveTable(shop, 'public.b').refresh?.cron).toBe('0 2 * * *');
  });

  it('leaves a table that no pattern names with the defaults of the pipeline', async () => {
    const table = effectiveTable(await pipeline(SETTINGS), { schema: 'sales', table: 'x' });
    expect(table).toMatchObject({ parallelism: 2, mode: 'full', chunk: { rows: 7 } });
    expect(Object.isFrozen(table.chunk)).toBe(true);
  });
});

describe('switchedOffBy', () => {
  it('names the outermost level that is off', async () => {
    const shop = await pipeline(`    tables: { include: ['a.b'] }\n`);
    const [on, off] = [{ enabled: true }, { enabled: false }];
    const target = { connection: 'replica', createDatabase: false };
    expect(switchedOffBy(shop, { ...target, ...on }, on)).toBeUndefined();
    expect(switchedOffBy(shop, { ...target, ...on }, off)).toBe('table');
    expect(switchedOffBy(shop, { ...target, ...off }, off)).toBe('target');
    const source = { ...shop.source, ...off };
    expect(switchedOffBy({ ...shop, source }, { ...target, ...off }, on)).toBe('source');
    expect(switchedOffBy({ ...shop, source, ...off }, { ...target, ...on }, on)).toBe('pipeline');
  });
});
