import { describe, expect, it } from 'vitest';
import { loadOf, loadQueryLimitMs } from '../../../../src/engines/contract/load-query.js';

describe('the answer of a load query', () => {
  it.each([
    [7, 7],
    [0, 0],
    ['7.50', 7.5],
    ['-3', -3],
    ['1e3', 1000],
    ['12345678901234567890', 12345678901234567890],
  ])('%o is the number %o', (value, number) => {
    expect(loadOf({ load: value })).toBe(number);
  });

  it('is none without a row, or where it is NULL', () => {
    expect(loadOf(undefined)).toBeNull();
    expect(loadOf({ load: null })).toBeNull();
  });

  it.each([['idle'], [''], [' '], ['0x10'], ['7 %'], ['NaN'], [Number.NaN], [Infinity], [true]])(
    '%o is refused, with the key and the remedy, and without the value',
    (value) => {
      expect(() => loadOf({ load: value })).toThrow(
        expect.objectContaining({
          code: 'CONFIG_INVALID',
          message:
            'The first column that source.care.loadQuery returned is not a number, so copies cannot be held back by it.',
          remedy: expect.stringMatching(/one number/) as unknown,
        }),
      );
    },
  );

  it('is waited for 10 s at the longest, less where the source allows a statement less', () => {
    expect([0, 1_000, 300_000].map(loadQueryLimitMs)).toEqual([10_000, 1_000, 10_000]);
  });
});
