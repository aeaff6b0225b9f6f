import fc from 'fast-check';
import { parse } from 'dotenv';
import { describe, expect, it } from 'vitest';
import { mergeEnv } from '../../../src/cli/init/env-file.js';
import { readEndpoint } from '../../../src/cli/init/endpoint.js';
import { pipelineName } from '../../../src/cli/commands/init.js';
import { matchesName } from '../../../src/cli/select.js';
import { bytesText, durationText, listText, plural } from '../../../src/cli/text/amounts.js';
import { columns } from '../../../src/cli/text/columns.js';

describe('amounts', () => {
  it.each([
    [0, '0s'],
    [999, '1s'],
    [61_000, '1m 1s'],
    [3_600_000, '1h'],
    [7_500_000, '2h 5m'],
    [90_061_000, '1d 1h'],
  ])('writes %d ms as %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });

  it('writes sizes, counts and lists', () => {
    expect(bytesText(512)).toBe('512 B');
    expect(bytesText(1536)).toBe('1.5 KB');
    expect(bytesText(200 * 1024 * 1024)).toBe('200 MB');
    expect(plural(1, 'table')).toBe('1 table');
    expect(plural(1200, 'row')).toBe('1,200 rows');
    expect(listText(['a', 'b', 'c'])).toBe('a, b and c');
  });

  it('aligns columns by what is visible', () => {
    expect(
      columns([
        ['a', 'b'],
        ['\u001b[31mlong\u001b[0m', 'c'],
      ]),
    ).toBe('a     b\n\u001b[31mlong\u001b[0m  c');
  });
});

describe('what init writes', () => {
  it('reads back any password from .env, and keeps the other lines', () => {
    fc.assert(
      fc.property(
        fc
          .string()
          .filter((text) => !/[\r\n]/.test(text) && !(text.includes("'") && text.includes('`'))),
        (value) => {
          const text = mergeEnv('# note\nOTHER=1\n', [{ name: 'PW', value }]);
          expect(text.startsWith('# note\nOTHER=1\n')).toBe(true);
          expect(parse(text)).toEqual({ OTHER: '1', PW: value });
        },
      ),
    );
  });

  it('replaces a variable where it stood', () => {
    expect(mergeEnv('A=1\nPW=old\nB=2\n', [{ name: 'PW', value: 'new' }])).toBe(
      "A=1\nPW='new'\nB=2\n",
    );
  });

  it('holds a password by reference only', () => {
    const endpoint = readEndpoint('postgres://me:s3cret@db.example.com:5433/shop', 'source');
    expect(endpoint.written).toMatchObject({
      host: 'db.example.com',
      port: 5433,
      password: '${SLUICE_SOURCE_PASSWORD}',
    });
    expect(JSON.stringify(endpoint.written)).not.toContain('s3cret');
    expect(endpoint.secret?.value).toBe('s3cret');
  });

  it.each(['http://x/y', 'shop', 'postgres://me:s3cret@host'])(
    'refuses %s without repeating it',
    (url) => {
      expect(() => readEndpoint(url, 'target')).toThrow(/target/);
      expect(() => readEndpoint(url, 'target')).not.toThrow(/s3cret/);
    },
  );

  it.each([
    ['shop', 'shop'],
    ['2024 sales', 'p_2024_sales'],
    ['ä.b', 'p___b'],
  ])('makes a pipeline name of the database %s', (database, name) => {
    expect(pipelineName(database)).toBe(name);
  });
});

describe('names', () => {
  it('match as globs', () => {
    expect(matchesName('shop', 'shop')).toBe(true);
    expect(matchesName('sh*', 'shop')).toBe(true);
    expect(matchesName('*', 'anything')).toBe(true);
    expect(matchesName('sho', 'shop')).toBe(false);
  });
});
