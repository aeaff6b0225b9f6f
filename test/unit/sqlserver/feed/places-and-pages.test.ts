import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PageSize } from '../../../../src/engines/sqlserver/feed/cdc/page-size.js';
import {
  comparePlaces,
  endOf,
  type RowPlace,
} from '../../../../src/engines/sqlserver/feed/cdc/row-place.js';
import { isSameMoment } from '../../../../src/engines/sqlserver/feed/cdc/find-gap.js';

describe('the size of a page', () => {
  it('grows with small rows and shrinks to a few large ones at once', () => {
    const size = new PageSize();
    const read = (rows: number, bytes: number) => {
      size.read(Array.from({ length: rows }, () => bytes));
    };
    read(size.rows, 20);
    expect(size.rows).toBe(1_000);
    for (let n = 0; n < 10; n += 1) read(size.rows, 20);
    expect(size.rows).toBe(5_000);
    read(size.rows, 10_000);
    expect(size.rows).toBe(104);
    size.read([20, 20, 50 * 1024 * 1024]);
    expect(size.rows).toBe(3);
  });

  it('stays as it is when a page was empty', () => {
    const size = new PageSize();
    size.read([]);
    expect(size.rows).toBe(500);
  });
});

const place = fc.record<RowPlace>({
  lsn: fc.constantFrom('0a', '0b').map((lsn) => lsn.padStart(20, '0')),
  command: fc.integer({ min: -1, max: 3 }),
  sequence: fc.constantFrom('01', '02').map((sequence) => sequence.padStart(20, '0')),
  operation: fc.integer({ min: 1, max: 4 }),
});

describe('the place of a row', () => {
  it('sorts by all four columns, one after the other', () => {
    const key = (of: RowPlace) =>
      `${of.lsn} ${String(of.command + 1)} ${of.sequence} ${String(of.operation)}`;
    fc.assert(
      fc.property(place, place, (a, b) => {
        const wanted = key(a) < key(b) ? -1 : Number(key(a) > key(b));
        expect(Math.sign(comparePlaces(a, b))).toBe(wanted);
      }),
    );
  });

  it('at the end of a transaction has no row behind it', () => {
    fc.assert(
      fc.property(place, (of) => {
        expect(comparePlaces(of, endOf(of.lsn))).toBeLessThanOrEqual(0);
      }),
    );
  });
});

describe('the commit time that proves a history', () => {
  const noon = new Date('2026-03-01T12:00:00.003Z');
  it.each([
    ['the same', '2026-03-01T12:00:00.003Z', true],
    ['rounded', '2026-03-01T12:00:00.007Z', true],
    ['after the clocks were changed', '2026-03-01T13:00:00.003Z', true],
    ['another one', '2026-03-01T12:00:01.003Z', false],
    ['of another day', '2026-03-05T12:00:00.003Z', false],
  ])('is %s', (_what, other, same) => {
    expect(isSameMoment(noon, new Date(other))).toBe(same);
  });
});
