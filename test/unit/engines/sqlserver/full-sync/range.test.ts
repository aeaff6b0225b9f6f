import { describe, expect, it } from 'vitest';
import { boundsOf, rangesBetween } from '../../../../../src/engines/sqlserver/full-sync/range.js';
import { rangeCondition } from '../../../../../src/engines/sqlserver/full-sync/sql/range-sql.js';

const INT = { name: 'int', maxLength: 4, precision: 10, scale: 0 };
const NAME = { name: 'varchar', maxLength: 20, precision: 0, scale: 0 };
const key = [
  { name: 'id', type: INT, collation: null },
  { name: 'na]me', type: NAME, collation: 'Latin1_General_CI_AS' },
];

describe('the ranges of a copy', () => {
  it('follow each other without a gap and leave no end', () => {
    const ranges = rangesBetween('[dbo].[t]', [['5'], ['9']], false);
    expect(ranges.map(({ from, to }) => [from, to])).toEqual([
      [null, '["5"]'],
      ['["5"]', '["9"]'],
      ['["9"]', null],
    ]);
  });

  it('have one of their own for rows without a key value', () => {
    const ranges = rangesBetween('[dbo].[t]', [], true);
    const [all, nulls] = ranges.map(boundsOf);
    expect(all).toEqual({ nulls: false, from: null, to: null });
    expect(nulls).toEqual({ nulls: true, from: null, to: null });
  });

  it('compare composite keys so that the server can seek, each value in its column’s type', () => {
    const condition = rangeCondition(key, { nulls: false, from: ['1', 'a'], to: null });
    const name = 'CONVERT(varchar(20), @f1 COLLATE Latin1_General_CI_AS)';
    expect(condition.sql).toBe(
      `[id] >= CONVERT(int, @f0) AND ([id] > CONVERT(int, @f0) OR ([id] = CONVERT(int, @f0) AND [na]]me] >= ${name}))`,
    );
    expect(condition.params.map(({ value }) => value)).toEqual(['1', 'a']);
  });

  it('take everything where there is no border', () => {
    expect(rangeCondition(key, { nulls: false, from: null, to: null }).sql).toBe('');
  });
});
