import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CanonicalKind, CanonicalValue } from '../../../src/core/canonical.js';
import {
  canonicalCell,
  canonicalHash,
  parseCanonical,
  parseCanonicalFloat,
} from '../../../src/core/canonical.js';

describe('canonical text', () => {
  it.each<[CanonicalKind, CanonicalValue, string]>([
    ['boolean', true, '1;'],
    ['boolean', 'f', '0;'],
    ['integer', -12n, '-12;'],
    ['decimal', '001.5000', '1.5;'],
    ['decimal', '-0.00', '0;'],
    ['decimal', '100', '100;'],
    ['decimal', '.5', '0.5;'],
    ['decimal', 'NaN', 'NaN;'],
    ['float', 1, '3ff0000000000000;'],
    ['float', -0, '8000000000000000;'],
    ['float', Number.NaN, '7ff8000000000000;'],
    ['timestamp', '2024-03-04T05:06:07.1200000Z', '2024-03-04 05:06:07.12;'],
    ['timestamp', '0044-03-15 00:00:00.000 BC', '0044-03-15 00:00:00 BC;'],
    ['timestamp', '2024-03-04 05:06:07.1234567', '2024-03-04 05:06:07.1234567;'],
    ['time', '05:06:00.000', '05:06:00;'],
    ['date', '2024-03-04', '2024-03-04;'],
    ['uuid', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11;'],
    ['binary', Buffer.from([0, 255]), '00ff;'],
    ['fixed', 'ab  ', '2:ab;'],
    ['text', 'ä ', '3:ä ;'],
    ['text', '', '0:;'],
    ['text', null, '~;'],
  ])('of the %s %s is %s', (kind, value, expected) => {
    expect(canonicalCell(kind, value)).toBe(expected);
  });

  it('can be taken apart again whatever the cells hold, so no two rows share one', () => {
    const cell = fc.option(
      fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('~', ';', '1:')),
    );
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 5 }), fc.option(fc.bigInt()), (texts, number) => {
        const kinds: CanonicalKind[] = [...texts.map((): CanonicalKind => 'text'), 'integer'];
        const row =
          texts.map((text) => canonicalCell('text', text)).join('') +
          canonicalCell('integer', number);
        expect(parseCanonical(kinds, row)).toEqual([...texts, number?.toString() ?? null]);
      }),
    );
  });

  it('keeps every bit of a float', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        const hex = canonicalCell('float', value).slice(0, -1);
        expect(parseCanonicalFloat(hex)).toBe(value);
      }),
    );
  });

  it('refuses what it did not make', () => {
    for (const text of ['1', '5:abc;', 'x:abc;', '3:abc;9;']) {
      expect(() => parseCanonical(['text'], text)).toThrow(TypeError);
    }
    expect(() => parseCanonical(['integer'], '1')).toThrow(TypeError);
    expect(() => canonicalCell('binary', 'text')).toThrow(TypeError);
    expect(() => canonicalCell('integer', true)).toThrow(TypeError);
  });

  it('has a hash of 60 bits', () => {
    expect(canonicalHash('1;')).toBe(canonicalHash('1;'));
    expect(canonicalHash('1;') < 1n << 60n).toBe(true);
    expect(canonicalHash('1;')).not.toBe(canonicalHash('2;'));
  });
});
