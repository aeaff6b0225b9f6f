import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeText, unescapeText } from '../../support/sqlserver/engine/values/escape.js';
import {
  showIdentifier,
  storeIdentifier,
} from '../../support/sqlserver/engine/values/identifier.js';
import { showInstant, storeInstant } from '../../support/sqlserver/engine/values/instant.js';

const utf16 = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0xffff }),
      fc.integer({ min: 0xd800, max: 0xdfff }),
      // The surrogates of the code points that stand for others.
      fc.constantFrom(0, 0xdbfc, 0xdbfe, 0xdfff, 0xdc00),
    ),
  )
  .map((units) => String.fromCharCode(...units));

describe('the stand-in keeps in PostgreSQL', () => {
  it('every string of UTF-16 units, none of them as what PostgreSQL refuses', () => {
    fc.assert(
      fc.property(utf16, (text) => {
        const stored = escapeText(text);
        expect(stored).not.toMatch(/[\0\u{D800}-\u{DFFF}]/u);
        expect(unescapeText(stored)).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  it('a uniqueidentifier so that bytes compare as SQL Server compares', () => {
    fc.assert(
      fc.property(fc.uuid(), (uuid) => {
        expect(showIdentifier(storeIdentifier(uuid))).toBe(uuid);
      }),
    );
    const last = storeIdentifier('00000000-0000-0000-0000-010000000000');
    const first = storeIdentifier('ff000000-0000-0000-0000-000000000000');
    expect(last > first).toBe(true);
  });

  it('a datetimeoffset as its instant and its offset', () => {
    expect(storeInstant('2026-01-01 00:30:00.1234567 +02:00')).toBe(
      '2025-12-31 22:30:00.1234567+02:00',
    );
    for (const text of [
      '2026-01-01 00:30:00.1234567 -07:45',
      '0001-01-02 00:00:00.0000000 +14:00',
    ]) {
      expect(showInstant(storeInstant(text))).toBe(text);
    }
  });
});
