import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareLsn,
  formatLsn,
  formatLsnFixed,
  maxLsn,
  parseLsn,
} from '../../../src/engines/postgres/replication/lsn.js';

const lsn = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

describe('log positions', () => {
  it('read back what they print, in both forms', () => {
    fc.assert(
      fc.property(lsn, (position) => {
        expect(parseLsn(formatLsn(position))).toBe(position);
        expect(parseLsn(formatLsnFixed(position))).toBe(position);
      }),
    );
  });

  it('sort as fixed-width text as they compare', () => {
    fc.assert(
      fc.property(lsn, lsn, (left, right) => {
        const texts = [formatLsnFixed(left), formatLsnFixed(right)];
        expect([...texts].sort()[0]).toBe(texts[compareLsn(left, right) <= 0 ? 0 : 1]);
        expect(maxLsn(left, right)).toBe(left > right ? left : right);
      }),
    );
  });

  it('print as the server does', () => {
    expect(formatLsn(0x16_b374_d848n)).toBe('16/B374D848');
    expect(formatLsn(0n)).toBe('0/0');
    expect(formatLsnFixed(0x16_b374_d848n)).toBe('00000016/B374D848');
  });

  it('refuse any other text', () => {
    for (const text of ['', '16', '16/', 'G/0', '1/123456789', '0x1/0', ' 1/0']) {
      expect(() => parseLsn(text)).toThrow('not a PostgreSQL WAL position');
    }
  });
});
