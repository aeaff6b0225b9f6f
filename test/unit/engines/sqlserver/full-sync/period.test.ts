import { describe, expect, it } from 'vitest';
import type { PartitionPeriod } from '../../../../../src/engines/contract/full-sync.js';
import { findMissing, inferPeriod } from '../../../../../src/engines/sqlserver/full-sync/period.js';

function missing(...args: Parameters<typeof findMissing>): readonly string[] {
  return findMissing(...args).missing;
}

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
    // Friday and Monday, after days that follow each other.
    ['int', ['20250206', '20250207', '20250210'], 'day'],
    ['date', ['2026-01-01', '2026-02-01', '2026-04-01'], 'month'],
    ['date', ['2026-01-01', '2026-04-01'], 'quarter'],
    ['datetime', ['2025-07-01T00:00:00', '2025-10-01T00:00:00', '2026-04-01T00:00:00'], 'quarter'],
    ['date', ['2023-01-01', '2024-01-01', '2026-01-01'], 'year'],
    // Years were put together, the last months are months.
    ['date', ['2024-01-01', '2025-01-01', '2026-01-01', '2026-02-01'], 'month'],
    // What is far away only closes the list.
    ['date', ['1900-01-01', '2026-07-01', '2026-07-02', '9999-12-31'], 'day'],
  ])('of %s is told from %j: %s', (name, boundaries, kind) => {
    expect(inferPeriod(type(name), boundaries)).toEqual({ kind });
  });

  it('of plain integers is their step', () => {
    const period = inferPeriod(type('int'), ['1000', '2000']);
    expect(period).toEqual({ kind: 'step', step: 1000n, origin: 2000n });
  });

  it('of weeks needs two of them', () => {
    const weeks = ['2026-07-06', '2026-07-13', '2026-07-27'];
    expect(inferPeriod(type('date'), weeks)).toEqual({ kind: 'week', origin: '2026-07-27' });
    expect(inferPeriod(type('date'), weeks.slice(0, 2))).toBeNull();
  });

  it('11.11: is unknown where boundaries are of no order that we know', () => {
    expect(inferPeriod(type('date'), ['2026-01-01', '2026-01-20'])).toBeNull();
    expect(inferPeriod(type('varchar'), ['a', 'b'])).toBeNull();
    expect(inferPeriod(type('int'), ['20250207', '20250210'])).toBeNull();
    expect(inferPeriod(type('int'), ['1000', '2000', '2500'])).toBeNull();
    expect(inferPeriod(type('int'), ['1000', '2000', '3000', '5000'])).toMatchObject({
      step: 1000n,
    });
  });

  it('11.11: is unknown where boundaries are in the middle of a day', () => {
    // As RANGE LEFT often has them: a boundary at the start of the day would divide the partition.
    const ends = ['2025-02-05T23:59:59.997', '2025-02-06T23:59:59.997'];
    expect(inferPeriod(type('datetime'), ends)).toBeNull();
    for (const configured of [null, 'day', 'month', 'week'] as const) {
      const found = findMissing(type('datetime'), ends, ['2025-02-06', '2025-02-07'], configured);
      expect(found).toEqual({ missing: [], unknown: true, strange: 0 });
    }
    const closed = ['2025-02-05T00:00:00', '2025-02-06T00:00:00', '9999-12-31T23:59:59.997'];
    expect(inferPeriod(type('datetime'), closed)).toEqual({ kind: 'day' });
    expect(missing(type('datetime'), closed, ['2025-02-07'], 'day')).toEqual(['2025-02-07']);
  });

  it('11.11: is what the table is configured to have', () => {
    const [friday, monday] = ['20250207', '20250210'];
    const of = (configured: PartitionPeriod) =>
      findMissing(type('int'), [friday, monday], ['20250211', '20250215'], configured);
    expect(of('day').missing).toEqual(['20250211', '20250215']);
    expect(of('week').missing).toEqual([]);
    expect(of('month').missing).toEqual(['20250201']);
    expect(of('quarter').missing).toEqual(['20250101']);
    expect(of('none')).toMatchObject({ missing: [], unknown: false });
    const step = findMissing(type('bigint'), ['7'], ['31', '8'], 10);
    expect(step.missing).toEqual(['27']);
  });
});

describe('the boundaries that are missing', () => {
  it('11.11: are the starts of the periods that values lie in', () => {
    expect(
      missing(type('int'), ['20250205', '20250206'], ['20250207', '20250208', '20250206']),
    ).toEqual(['20250207', '20250208']);
    expect(
      missing(
        type('datetime'),
        ['2026-05-01T00:00:00', '2026-06-01T00:00:00'],
        ['2026-06-17', '2026-07-03', '2026-07-30'],
      ),
    ).toEqual(['2026-07-01']);
  });

  it('are steps of integers, also below the first boundary', () => {
    expect(missing(type('int'), ['1000', '2000'], ['-5', '2500', '4321'])).toEqual([
      '-1000',
      '4000',
    ]);
  });

  it('are none for values that are no days, which are counted', () => {
    const found = findMissing(type('int'), ['20250205', '20250206'], ['20250299', '7']);
    expect(found).toEqual({ missing: [], unknown: false, strange: 2 });
  });

  it('11.11: of a period that nobody knows are none, and that is told', () => {
    const found = findMissing(type('date'), ['2025-02-07', '2025-02-10'], ['2025-02-11']);
    expect(found).toEqual({ missing: [], unknown: true, strange: 0 });
  });

  it('11.11: go on after a weekend and after days that were skipped', () => {
    const found = findMissing(
      type('int'),
      ['20250206', '20250207', '20250210'],
      ['20250211', '20250218'],
    );
    expect(found.missing).toEqual(['20250211', '20250218']);
  });
});
