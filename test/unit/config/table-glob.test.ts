import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchTables } from '../../../src/config/table-glob.js';
import { formatTableName, parseTableName } from '../../../src/config/table-name.js';

const NAMES = [
  'public.orders',
  'public.order_lines',
  'sales.orders',
  '"we.ird"."ta ble"',
  'public."a*b"',
  'public.aXb',
];
const part = fc.string({
  minLength: 1,
  maxLength: 8,
  unit: fc.constantFrom('a', 'B', '.', '"', '*', '?', ' ', 'é'),
});
const name = fc.record({ schema: part, table: part });

describe('table names', () => {
  it('survive being written and read again, whatever they hold', () => {
    fc.assert(
      fc.property(name, (table) => {
        expect(parseTableName(formatTableName(table))).toEqual(table);
      }),
    );
  });

  it.each(['orders', 'a.b.c', '.a', 'a.', '', '"a.b', 'a b.c', 'a."b"c', '""."a"'])(
    '%j is none',
    (text) => {
      expect(parseTableName(text)).toBeUndefined();
    },
  );
});

describe('matchTables', () => {
  it.each([
    [['public.*'], [], ['public.orders', 'public.order_lines', 'public."a*b"', 'public.aXb']],
    [['*.orders'], [], ['public.orders', 'sales.orders']],
    [['*.*'], ['public.*'], ['sales.orders', '"we.ird"."ta ble"']],
    [['public.order?'], [], ['public.orders']],
    [['"we.ird"."ta ble"'], [], ['"we.ird"."ta ble"']],
    [['"we.ird".*'], [], ['"we.ird"."ta ble"']],
    [['public."a*b"'], [], ['public."a*b"']],
    [['public.a*b'], [], ['public."a*b"', 'public.aXb']],
    [['Public.*'], [], []],
    [[], [], []],
  ])('include %j without %j', (include, exclude, expected) => {
    expect(matchTables(include, exclude, NAMES)).toEqual(expected);
  });

  it('finds every name by its own exact pattern, and exclude always wins', () => {
    fc.assert(
      fc.property(name, (table) => {
        const text = formatTableName(table);
        expect(matchTables([text], [], [text])).toEqual([text]);
        expect(matchTables(['*.*'], [], [text])).toEqual([text]);
        expect(matchTables(['*.*'], [text], [text])).toEqual([]);
      }),
    );
  });

  it('agrees with a regular expression for every pattern of letters, * and ?', () => {
    const letters = fc.string({
      minLength: 1,
      maxLength: 8,
      unit: fc.constantFrom('a', 'b', '*', '?'),
    });
    const word = fc.string({ minLength: 1, maxLength: 8, unit: fc.constantFrom('a', 'b', 'c') });
    fc.assert(
      fc.property(letters, word, (pattern, table) => {
        const regex = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'u');
        const matched = matchTables([`s.${pattern}`], [], [`s.${table}`]).length === 1;
        expect(matched).toBe(regex.test(table));
      }),
    );
  });

  it('takes no longer for a pattern of many stars', () => {
    const long = `s.${'a'.repeat(5000)}`;
    expect(matchTables([`s.${'a*'.repeat(200)}b`], [], [long])).toEqual([]);
  });
});
