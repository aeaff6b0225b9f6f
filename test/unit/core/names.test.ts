import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  fullSyncId,
  laneId,
  pipelineId,
  refreshId,
  tableId,
  TASK_QUEUES,
  verificationId,
} from '../../../src/core/ids.js';
import { chooseMode } from '../../../src/core/table-mode.js';
import { tableSlug } from '../../../src/state/slug.js';

describe('a slug', () => {
  const part = fc.oneof(
    fc.string({ unit: fc.constantFrom(...'aAbB.-_ ~é漢'), minLength: 1, maxLength: 6 }),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 140 }),
  );
  const name = fc.record({ schema: part, table: part });

  test('has only legal characters and at most 91 of them', () => {
    fc.assert(
      fc.property(name, (given) => {
        expect(tableSlug(given)).toMatch(/^[a-z0-9._-]+(~[0-9a-f]{10})?$/);
        expect(tableSlug(given).length).toBeLessThanOrEqual(91);
      }),
    );
  });

  test('of distinct names is distinct', () => {
    fc.assert(
      fc.property(name, name, (one, other) => {
        const same = one.schema === other.schema && one.table === other.table;
        expect(tableSlug(one) === tableSlug(other)).toBe(same);
      }),
      { numRuns: 3_000 },
    );
  });

  test('of a plain name is the name', () => {
    expect(tableSlug({ schema: 'public', table: 'orders' })).toBe('public.orders');
  });

  test('tells apart what folding, cutting or a dot would merge', () => {
    const names = [
      { schema: 'public', table: 'Orders' },
      { schema: 'public', table: 'ORDERS' },
      { schema: 'a.b', table: 'c' },
      { schema: 'a', table: 'b.c' },
      { schema: 'public', table: 'x'.repeat(120) },
      { schema: 'public', table: 'x'.repeat(121) },
    ];
    expect(new Set(names.map(tableSlug)).size).toBe(names.length);
  });
});

test('ids are paths that people can type', () => {
  const ref = { pipeline: 'shop', target: 'replica', slug: 'public.orders', epoch: '3', n: 0 };
  expect(pipelineId('shop')).toBe('sluice/shop');
  expect(tableId(ref)).toBe('sluice/shop/replica/t/public.orders');
  expect(fullSyncId(ref)).toBe('sluice/shop/replica/t/public.orders/full/3');
  expect(laneId(ref)).toBe('sluice/shop/replica/lane/0');
  expect(verificationId('shop', '20260131T120000')).toBe('sluice/shop/run/verify/20260131T120000');
  expect(refreshId('shop', '20260131T120000')).toBe('sluice/shop/run/refresh/20260131T120000');
  expect(new Set(Object.values(TASK_QUEUES)).size).toBe(4);
});

describe('the mode of a table', () => {
  const keyed = { key: ['id'], feeds: ['cdc'] as const };
  const tracked = { key: ['id'], feeds: ['changeTracking'] as const };
  const unfed = { key: ['id'], feeds: [] };
  const keyless = { key: null, feeds: ['cdc'] as const };
  const both = { feeds: ['cdc', 'changeTracking'] as const, watermarkColumn: undefined };
  const log = { feeds: ['cdc'] as const, watermarkColumn: undefined };
  const noLog = { feeds: [], watermarkColumn: undefined };

  test.each([
    ['full', keyed, log, 'full'],
    ['incremental', keyed, log, 'incremental'],
    ['smart', keyless, log, 'incremental'],
    ['cdc', keyless, noLog, 'cdc'],
    ['changeTracking', keyed, log, 'cdc'],
    ['changeTracking', keyed, both, 'changeTracking'],
    ['auto', tracked, both, 'changeTracking'],
    ['auto', keyless, log, 'full'],
    ['auto', keyed, log, 'cdc'],
    ['auto', unfed, both, 'full'],
    ['auto', unfed, { ...noLog, watermarkColumn: 'changed_at' }, 'incremental'],
  ])('%s for %j with %j is %s', (wanted, table, options, mode) => {
    const choice = chooseMode(wanted, table, options);
    expect(choice.mode).toBe(mode);
    expect(choice.reason).not.toBe('');
  });
});
