import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isInMask } from '../../../../src/engines/sqlserver/feed/cdc/update-mask.js';

/** The mask as the server builds it: a number whose bit n - 1 stands for the column n. */
function maskOf(ordinals: readonly number[], columns: number): Buffer {
  let bits = 0n;
  for (const ordinal of ordinals) bits |= 1n << BigInt(ordinal - 1);
  const bytes = Math.ceil(columns / 8);
  return Buffer.from(bits.toString(16).padStart(bytes * 2, '0'), 'hex');
}

describe('the update mask', () => {
  it('8.1: is read from its last byte, also with more than eight columns', () => {
    const mask = maskOf([1, 9], 12);
    expect(mask.toString('hex')).toBe('0101');
    const set = Array.from({ length: 12 }, (_, index) => isInMask(mask, index + 1));
    expect(set.flatMap((is, index) => (is ? [index + 1] : []))).toEqual([1, 9]);
  });

  it('8.1: says exactly which columns are in it, for up to 1,024 of them', () => {
    const columns = fc.integer({ min: 1, max: 1024 });
    const some = columns.chain((count) =>
      fc.tuple(fc.constant(count), fc.uniqueArray(fc.integer({ min: 1, max: count }))),
    );
    fc.assert(
      fc.property(some, ([count, ordinals]) => {
        const mask = maskOf(ordinals, count);
        const wanted = new Set(ordinals);
        for (let ordinal = 1; ordinal <= count; ordinal += 1) {
          expect(isInMask(mask, ordinal)).toBe(wanted.has(ordinal));
        }
      }),
      { numRuns: 50 },
    );
  });

  it('has no bit for a column beyond it', () => {
    expect(isInMask(Buffer.from([0xff]), 9)).toBe(false);
  });
});
