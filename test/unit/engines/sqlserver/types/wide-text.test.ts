import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeWide, encodeWide } from '../../../../../src/engines/sqlserver/types/wide-text.js';

describe('text between two SQL Servers', () => {
  it('comes back as it was, halves of surrogate pairs and NUL included', () => {
    const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
    const edge = fc.constantFrom(
      '\0',
      '\ud800',
      '\udfff',
      '\udbff',
      '\ud83d\ude00',
      'é',
      '하',
      '\ud7ff',
      '\ue000',
    );
    const text = fc.array(fc.oneof(unit, edge)).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (value) => decodeWide(encodeWide(value)) === value),
      { numRuns: 2000 },
    );
  });

  it('is plain UTF-8 where the text is Unicode', () => {
    expect(encodeWide('a😀').equals(Buffer.from('a😀', 'utf8'))).toBe(true);
  });
});
