import { describe, expect, it } from 'vitest';
import { boundsOf, rangesBetween } from '../../../../../src/engines/sqlserver/full-sync/range.js';
import { rangeCondition } from '../../../../../src/engines/sqlserver/full-sync/sql/range-sql.js';

const INT = { name: 'int', maxLength: 4, precision: 10, scale: 0 };
const NAME = { name: 'varchar', maxLength: 20, precision: 0, scale: 0 };
const columns = new Map([
  ['id', { name: 'id', type: INT, collation: null }],
  ['na]me', { name: 'na]me', type: NAME, collation: 'Latin1_General_CI_AS' }],
]);

function columnOf(name: string) {
  const column = columns.get(name);
  if (column === undefined) throw new Error(`no column ${name}`);
  return column;
}

describe('the ranges of a copy', () => {
  it('follow each other without a gap and leave no end', () => {
    const ranges = rangesBetween('[dbo].[t]', [[['id', '5']], [['id', '9']]], null);
    expect(ranges.map(({ from, to }) => [from, to])).toEqual([
      [null, '[["id","5"]]'],
      ['[["id","5"]]', '[["id","9"]]'],
      ['[["id","9"]]', null],
    ]);
  });

  it('11.1: have one of their own for rows without a key value', () => {
    const ranges = rangesBetween('[dbo].[t]', [[['id', '5']]], 'id').map(boundsOf);
    const sql = ranges.map((bounds) => rangeCondition(columnOf, bounds).sql);
    expect(sql).toEqual(['[id] < CONVERT(int, @t0)', '[id] >= CONVERT(int, @f0)', '[id] IS NULL']);
    expect(rangesBetween('[dbo].[t]', [], 'id')).toHaveLength(1);
  });

  it('11.1: compare composite keys so that the server can seek, each value in its column’s type', () => {
    const from = [
      ['id', '1'],
      ['na]me', 'a'],
    ] as const;
    const condition = rangeCondition(columnOf, { from, to: null });
    const name = 'CONVERT(varchar(20), @f1 COLLATE Latin1_General_CI_AS)';
    expect(condition.sql).toBe(
      `[id] >= CONVERT(int, @f0) AND ([id] > CONVERT(int, @f0) OR ([id] = CONVERT(int, @f0) AND [na]]me] >= ${name}))`,
    );
    expect(condition.params.map(({ value }) => value)).toEqual(['1', 'a']);
  });

  it('mean the same columns when another index has come', () => {
    const [, range] = rangesBetween('[dbo].[t]', [[['gone', '5']]], null);
    if (range === undefined) throw new Error('no range');
    expect(() => rangeCondition(columnOf, boundsOf(range))).toThrow(/gone/);
  });

  it('take everything where there is no border', () => {
    expect(rangeCondition(columnOf, { from: null, to: null }).sql).toBe('');
  });
});
