import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FeedName } from '../../../../src/engines/contract/feed.js';
import {
  carriesMark,
  feedMark,
  firstInstanceName,
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
        expect(carriesMark(name, feedMark(feed))).toBe(true);
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
    expect(carriesMark(second, feedMark(feed))).toBe(true);
  });

  it('11.9: belong to one feed only', () => {
    const name = firstInstanceName(feed, { schema: 'dbo', table: 'orders' });
    expect(carriesMark(name, feedMark({ ...feed, target: 'other' }))).toBe(false);
    expect(carriesMark(name, feedMark({ ...feed, pipeline: 'other' }))).toBe(false);
  });

  it('11.9: begin as the configuration says', () => {
    const named = { ...feed, own: { cdcInstancePrefix: 'sluice_of_sales_' } };
    const name = firstInstanceName(named, { schema: 'dbo', table: 'orders' });
    expect(name.startsWith('sluice_of_sales_')).toBe(true);
    expect(parseInstanceName(name)?.generation).toBe(1);
    expect(carriesMark(name, feedMark(named))).toBe(true);
  });

  it('are not taken for those of a DBA', () => {
    for (const name of ['dbo_orders', 'sluice', 'sluice_orders', 'sluice_dbo_orders_2']) {
      expect(parseInstanceName(name)).toBeNull();
      expect(carriesMark(name, feedMark(feed))).toBe(false);
    }
  });
});

describe('whose instance it is', () => {
  it('is told by the mark of the feed, whatever the prefix was', () => {
    const other = { ...feed, target: 'other' };
    for (const cdcInstancePrefix of ['sluice_', 'sluice_eu', 'sluice_eu_']) {
      const own = { cdcInstancePrefix };
      const name = firstInstanceName({ ...feed, own }, { schema: 'dbo', table: 't' });
      expect(carriesMark(name, feedMark(feed))).toBe(true);
      expect(carriesMark(name, feedMark(other))).toBe(false);
    }
    expect(carriesMark(`dbo_${feedMark(feed)}_t`, feedMark(feed))).toBe(false);
  });
});
