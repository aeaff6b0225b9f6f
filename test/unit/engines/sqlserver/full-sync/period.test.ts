import { describe, expect, it } from 'vitest';
import {
  inferPeriod,
  missingBoundaries,
} from '../../../../../src/engines/sqlserver/full-sync/period.js';

function type(name: string) {
  return { name, maxLength: 8, precision: 0, scale: 0 };
}

describe('the period of a partition function', () => {
  it.each([
    ['date', ['2026-07-01', '2026-07-02'], 'day'],
    ['datetime', ['2026-06-01T00:00:00', '2026-07-01T00:00:00'], 'month'],
    ['datetime2', ['2025-01-01', '2026-01-01'], 'year'],
    ['int', ['20250206', '20250207'], 'day'],
    ['varchar', ['20250131', '20250201'], 'day'],
    ['char', ['20250101', '20250201'], 'month'],
    ['int', ['20250207'], 'day'],
  ])('of %s is told from %j: %s', (name, boundaries, kind) => {
    expect(inferPeriod(type(name), boundaries)).toEqual({ kind });
  });

  it('of plain integers is their step', () => {
    const period = inferPeriod(type('int'), ['1000', '2000']);
    expect(period).toEqual({ kind: 'step', step: 1000n, origin: 2000n });
  });

  it('11.11: is unknown where boundaries are of no order that we know', () => {
    expect(inferPeriod(type('date'), ['2026-01-01', '2026-01-20'])).toBeNull();
    expect(inferPeriod(type('varchar'), ['a', 'b'])).toBeNull();
  });
});

describe('the boundaries that are missing', () => {
  it('11.11: are the starts of the periods that values lie in', () => {
    expect(
      missingBoundaries(
        type('int'),
        ['20250205', '20250206'],
        ['20250207', '20250208', '20250206'],
      ),
    ).toEqual(['20250207', '20250208']);
    expect(
      missingBoundaries(
        type('datetime'),
        ['2026-05-01T00:00:00', '2026-06-01T00:00:00'],
        ['2026-06-17', '2026-07-03', '2026-07-30'],
      ),
    ).toEqual(['2026-07-01']);
  });

  it('are steps of integers, also below the first boundary', () => {
    expect(missingBoundaries(type('int'), ['1000', '2000'], ['-5', '2500', '4321'])).toEqual([
      '-1000',
      '4000',
    ]);
  });

  it('are none for values that are no days', () => {
    expect(missingBoundaries(type('int'), ['20250205', '20250206'], ['20250299', '7'])).toEqual([]);
  });
});
