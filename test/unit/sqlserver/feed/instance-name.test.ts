import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FeedName } from '../../../../src/engines/contract/feed.js';
import {
  firstInstanceName,
  isOfFeed,
  nextInstanceName,
  parseInstanceName,
} from '../../../../src/engines/sqlserver/feed/cdc/instance-name.js';

const feed: FeedName = { kind: 'cdc', pipeline: 'shop', target: 'main', mayCreate: true };

describe('names of capture instances', () => {
  it('11.9: are Sluice’s own, at most 100 characters, and differ at each making', () => {
    const word = fc.string({ minLength: 1, maxLength: 128, unit: 'grapheme' });
    fc.assert(
      fc.property(word, word, (schema, table) => {
        const name = firstInstanceName(feed, { schema, table });
        expect(name.length).toBeLessThanOrEqual(100);
        expect(name).toMatch(/^sluice_[\p{L}\p{N}_]+$/u);
        expect(isOfFeed(name, feed)).toBe(true);
        expect(firstInstanceName(feed, { schema, table })).not.toBe(name);
      }),
    );
  });

  it('keep their stem from one generation to the next', () => {
    const first = firstInstanceName(feed, { schema: 'dbo', table: 'orders' });
    const second = nextInstanceName(first);
    expect(parseInstanceName(first)).toMatchObject({ generation: 1 });
    expect(parseInstanceName(second)).toEqual({
      stem: parseInstanceName(first)?.stem,
      generation: 2,
    });
    expect(isOfFeed(second, feed)).toBe(true);
  });

  it('11.9: belong to one feed only', () => {
    const name = firstInstanceName(feed, { schema: 'dbo', table: 'orders' });
    expect(isOfFeed(name, { ...feed, target: 'other' })).toBe(false);
    expect(isOfFeed(name, { ...feed, pipeline: 'other' })).toBe(false);
  });

  it('11.9: begin as the configuration says', () => {
    const named = { ...feed, own: { cdcInstancePrefix: 'sluice_of_sales_' } };
    const name = firstInstanceName(named, { schema: 'dbo', table: 'orders' });
    expect(name.startsWith('sluice_of_sales_')).toBe(true);
    expect(parseInstanceName(name)?.generation).toBe(1);
    expect(isOfFeed(name, named)).toBe(true);
  });

  it('are not taken for those of a DBA', () => {
    for (const name of ['dbo_orders', 'sluice', 'sluice_orders', 'sluice_dbo_orders_2']) {
      expect(parseInstanceName(name)).toBeNull();
      expect(isOfFeed(name, feed)).toBe(false);
    }
  });
});
