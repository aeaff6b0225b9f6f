import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  quoteIdent,
  quoteLiteral,
  quoteQualified,
} from '../../../src/engines/postgres/sql/quote.js';

/** Read a quoted identifier the way the server's scanner does; undefined when more follows it. */
function readIdent(sql: string): string | undefined {
  const match = /^"((?:[^"]|"")*)"$/.exec(sql);
  return match?.[1]?.replaceAll('""', '"');
}

/** Read a literal the way the server's scanner does, with or without conforming strings. */
function readLiteral(sql: string, conforming: boolean): string | undefined {
  const match = /^ ?(E?)'([\s\S]*)'$/.exec(sql);
  if (match === null) return undefined;
  const escapes = match[1] === 'E' || !conforming;
  const body = match[2] ?? '';
  let text = '';
  for (let index = 0; index < body.length; index += 1) {
    const character = body.charAt(index);
    if (character === "'" || (escapes && character === '\\')) {
      index += 1;
      if (body.charAt(index) !== character) return undefined;
    }
    text += character;
  }
  return text;
}

const hostileText = fc
  .array(fc.oneof(fc.constantFrom("'", '"', '\\', '$', ';', '-', '\n', '%'), fc.string()))
  .map((parts) => parts.join('').replaceAll('\0', ''));

describe('quoting', () => {
  it('gives identifiers that read back as the name', () => {
    fc.assert(
      fc.property(hostileText, (name) => {
        fc.pre(name !== '' && Buffer.byteLength(name) <= 63);
        expect(readIdent(quoteIdent(name))).toBe(name);
      }),
    );
  });

  it('gives literals that read back as the text under either string setting', () => {
    fc.assert(
      fc.property(hostileText, fc.boolean(), (text, conforming) => {
        expect(readLiteral(quoteLiteral(text), conforming)).toBe(text);
      }),
    );
  });

  it('joins schema and name', () => {
    expect(quoteQualified('My "schema"', 'select')).toBe('"My ""schema"""."select"');
  });

  it('refuses what the server could not hold or would cut off', () => {
    for (const name of ['', 'a\0b', 'x'.repeat(64), 'ä'.repeat(32)]) {
      expect(() => quoteIdent(name)).toThrow('cannot be a PostgreSQL name');
    }
    expect(quoteIdent('ä'.repeat(31))).toHaveLength(33);
    expect(() => quoteLiteral('a\0b')).toThrow('NUL');
  });
});
