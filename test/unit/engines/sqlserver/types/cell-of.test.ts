import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cellOf,
  doubleText,
  singleText,
} from '../../../../../src/engines/sqlserver/types/cell-of.js';

function type(name: string, scale = 0) {
  return { name, maxLength: 0, precision: 0, scale };
}

function cell(name: string, value: unknown, scale = 0) {
  return cellOf(type(name, scale), 'c', 'sqlserver')(value)?.toString();
}

describe('the cell of a value', () => {
  it('keeps every double', () => {
    const same = (value: number) => Object.is(Number(doubleText(value)), value);
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), same));
  });

  it('writes a single in its shortest form', () => {
    const same = (value: number) => Object.is(Math.fround(Number(singleText(value))), value);
    fc.assert(fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), same));
    expect(singleText(Math.fround(0.1))).toBe('0.1');
  });

  it('writes dates and times as the neutral form has them', () => {
    const at = new Date('2024-02-29T13:14:15.678Z');
    expect(cell('date', at)).toBe('2024-02-29');
    expect(cell('datetime', at)).toBe('2024-02-29 13:14:15.678');
    expect(cell('smalldatetime', at)).toBe('2024-02-29 13:14:15');
    expect(cell('datetime2', at, 1)).toBe('2024-02-29 13:14:15.6');
    expect(cell('datetime2', '2024-02-29 13:14:15.1234567', 7)).toBe('2024-02-29 13:14:15.1234567');
    expect(cell('time', at, 0)).toBe('13:14:15');
    expect(cell('date', new Date('0001-01-01T00:00:00Z'))).toBe('0001-01-01');
  });

  it('writes a bit as a digit and leaves NULL alone', () => {
    expect(cell('bit', true)).toBe('1');
    expect(cell('bit', false)).toBe('0');
    expect(cell('bit', null)).toBeUndefined();
  });

  it('11.13: refuses half of a surrogate pair for another engine, naming the column', () => {
    const neutral = cellOf(type('nvarchar'), 'title', 'neutral');
    expect(() => neutral('a\ud800')).toThrow(/title/);
  });
});
