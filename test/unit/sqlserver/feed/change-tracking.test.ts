import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeTables } from '../../../../src/engines/sqlserver/feed/change-tracking/judge-tables.js';
import { toChange } from '../../../../src/engines/sqlserver/feed/change-tracking/to-change.js';
import type {
  TrackedColumns,
  TrackedTable,
} from '../../../../src/engines/sqlserver/feed/change-tracking/tracked-tables.js';
import {
  toPosition,
  toVersion,
} from '../../../../src/engines/sqlserver/feed/change-tracking/version.js';
import { formatsOf, wireColumn } from '../../../../src/engines/sqlserver/feed/wire-column.js';

function tracked(begin: number, minValid: number | null): TrackedTable {
  return {
    id: 1,
    name: { schema: 'dbo', table: 't' },
    beginVersion: BigInt(begin),
    minValid: minValid === null ? null : BigInt(minValid),
  };
}

const knownAt = (begin: number) => new Map([['dbo.t', BigInt(begin)]]);

describe('a version as a position', () => {
  it('sorts as the number does and reads back', () => {
    const version = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
    fc.assert(
      fc.property(version, version, (a, b) => {
        const [first, second] = [toPosition(String(a)), toPosition(String(b))];
        expect(first < second).toBe(a < b);
        expect(toVersion(first)).toBe(String(a));
      }),
    );
    expect(() => toPosition('-1')).toThrow(TypeError);
    expect(() => toVersion('0000000a000000000001')).toThrow(TypeError);
  });
});

describe('which tracked tables are whole', () => {
  it('are those whose minimum valid version is not above the position, equal included', () => {
    for (const minValid of [0, 9, 10]) {
      const { readable, lost } = judgeTables([tracked(0, minValid)], 10n, new Map());
      expect(lost).toEqual([]);
      expect(readable).toMatchObject([{ from: 10n }]);
    }
    const { lost } = judgeTables([tracked(0, 11)], 10n, knownAt(0));
    expect(lost).toMatchObject([{ reason: expect.stringContaining('clean-up') as string }]);
  });

  it('include one whose tracking began later: it is read from there on', () => {
    const { readable, lost } = judgeTables([tracked(25, 25)], 10n, new Map());
    expect(lost).toEqual([]);
    expect(readable).toMatchObject([{ from: 25n }]);
  });

  it('exclude one that was truncated since it was last looked at', () => {
    const { lost } = judgeTables([tracked(25, 25)], 10n, knownAt(3));
    expect(lost).toMatchObject([{ reason: expect.stringContaining('truncated') as string }]);
    expect(judgeTables([tracked(25, 25)], 30n, knownAt(25)).lost).toEqual([]);
  });

  it('exclude one that the login may not see, and read nothing of it', () => {
    const { readable, lost } = judgeTables([tracked(0, null)], 10n, knownAt(0));
    expect(readable).toEqual([]);
    expect(lost).toMatchObject([{ reason: expect.stringContaining('GRANT') as string }]);
  });

  it('go on being read when they are lost, as a new copy may be under way', () => {
    expect(judgeTables([tracked(0, 20)], 10n, knownAt(0)).readable).toMatchObject([{ from: 20n }]);
  });
});

describe('a row of CHANGETABLE', () => {
  const INT = { name: 'int', maxLength: 4, precision: 10, scale: 0 };
  const TEXT = { name: 'nvarchar', maxLength: 40, precision: 0, scale: 0 };
  const columns = [wireColumn('name', TEXT, 'neutral'), wireColumn('id', INT, 'neutral')];
  const table = { schema: 'dbo', table: 't' };
  const names = ['name', 'id'];
  const of: TrackedColumns = {
    shape: {
      table,
      columns: columns.map(({ type }, n) => ({ name: names[n] ?? '', key: n === 1, type })),
      wire: 'neutral',
    },
    columns,
    formats: formatsOf(columns),
    key: [1],
    sql: { table, key: ['id'], row: [], keyValues: [] },
  };

  it('is an insert or an update with the row as it is now', () => {
    const change = toChange(of, ['I', 'Ann', 7, 7]);
    expect(change).toMatchObject({ op: 'i', oldKey: null });
    expect(change?.row?.map(String)).toEqual(['Ann', '7']);
    expect(toChange(of, ['U', null, 7, 7])).toMatchObject({ op: 'u' });
  });

  it('is a delete with nothing but the key', () => {
    const change = toChange(of, ['D', null, null, 7]);
    expect(change).toMatchObject({ op: 'd', row: null });
    expect(change?.oldKey?.map((cell) => (cell === null ? null : String(cell)))).toEqual([
      null,
      '7',
    ]);
  });

  it('is nothing where the row went away since', () => {
    expect(toChange(of, ['U', null, null, 7])).toBeNull();
  });
});
