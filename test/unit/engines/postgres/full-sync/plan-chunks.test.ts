import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rangesOf } from '../../../../../src/engines/postgres/full-sync/plan-chunks.js';

const LEAF = { schema: 'public', name: 'orders' };
const sizes = fc.record({
  pages: fc.integer({ min: 0, max: 2_000 }),
  bytesPerPage: fc.integer({ min: 0, max: 200_000 }),
  rowsPerPage: fc.integer({ min: 0, max: 300 }),
  limitBytes: fc.integer({ min: 1_000, max: 1_000_000_000 }),
  limitRows: fc.option(fc.integer({ min: 1, max: 1_000_000 }), { nil: undefined }),
});

function plan(size: {
  pages: number;
  bytesPerPage: number;
  rowsPerPage: number;
  limitBytes: number;
  limitRows: number | undefined;
}): { from: number; to: number }[] {
  const { pages, bytesPerPage, rowsPerPage, limitBytes, limitRows } = size;
  const known = { pages, bytes: pages * bytesPerPage, rows: pages * rowsPerPage };
  const ranges = rangesOf(LEAF, known, { bytes: limitBytes, rows: limitRows });
  return ranges.map(({ from, to }) => ({ from: pageOf(from) ?? 0, to: pageOf(to) ?? pages }));
}

function pageOf(border: string | null): number | null {
  const page = /^\((\d+),0\)$/.exec(border ?? '')?.[1];
  return page === undefined ? null : Number(page);
}

describe('ranges of row addresses', () => {
  it('follow each other without a gap or an overlap, and the last has no end', () => {
    fc.assert(
      fc.property(sizes, (size) => {
        const ranges = plan(size);
        expect(ranges[0]?.from).toBe(0);
        expect(ranges.slice(1).every(({ from }, n) => from === ranges[n]?.to)).toBe(true);
        const borders = rangesOf(
          LEAF,
          { pages: size.pages, bytes: size.pages * size.bytesPerPage, rows: 0 },
          { bytes: size.limitBytes },
        );
        expect(borders[0]?.from).toBeNull();
        expect(borders.at(-1)?.to).toBeNull();
      }),
    );
  });

  it('none is larger than twice the median', () => {
    fc.assert(
      fc.property(sizes, (size) => {
        const lengths = plan(size)
          .map(({ from, to }) => to - from)
          .toSorted((a, b) => a - b);
        const median = lengths[Math.floor(lengths.length / 2)] ?? 0;
        expect(lengths.at(-1)).toBeLessThanOrEqual(2 * median);
      }),
    );
  });
});
