import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeSorted } from '../../../../src/engines/sqlserver/feed/merge-sorted.js';

interface Item {
  readonly value: number;
  readonly stream: number;
  readonly nth: number;
}

async function* streamOf(items: readonly Item[], onEnd?: () => void): AsyncGenerator<Item> {
  try {
    for (const item of items) {
      await Promise.resolve();
      yield item;
    }
  } finally {
    onEnd?.();
  }
}

function itemsOf(values: readonly number[], stream: number): Item[] {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.map((value, nth) => ({ value, stream, nth }));
}

const byValue = (a: Item, b: Item) => a.value - b.value;

describe('merging sorted streams', () => {
  it('gives every item once, sorted, equal ones in the order of their streams', async () => {
    const streams = fc.array(fc.array(fc.integer({ min: 0, max: 8 })), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(streams, async (values) => {
        const lists = values.map(itemsOf);
        const merged: Item[] = [];
        const sources = lists.map((items) => streamOf(items));
        for await (const item of mergeSorted(sources, byValue)) merged.push(item);
        const wanted = lists
          .flat()
          .sort((a, b) => a.value - b.value || a.stream - b.stream || a.nth - b.nth);
        expect(merged).toEqual(wanted);
      }),
    );
  });

  it('ends every stream when it is left early', async () => {
    const ended: number[] = [];
    const lists = [itemsOf([1, 4], 0), itemsOf([2, 5], 1), itemsOf([], 2)];
    const sources = lists.map((items, n) => streamOf(items, () => ended.push(n)));
    for await (const item of mergeSorted(sources, byValue)) if (item.value === 2) break;
    expect(ended.sort()).toEqual([0, 1, 2]);
  });

  it('ends the others when one of them breaks', async () => {
    const ended: number[] = [];
    async function* broken(): AsyncGenerator<Item> {
      yield { value: 1, stream: 0, nth: 0 };
      await Promise.resolve();
      throw new Error('broken');
    }
    const whole = streamOf(itemsOf([2, 3], 1), () => ended.push(1));
    const read = async () => {
      for await (const item of mergeSorted([broken(), whole], byValue)) void item;
    };
    await expect(read()).rejects.toThrow('broken');
    expect(ended).toEqual([1]);
  });
});
