import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { parseNeutral } from '../../../../../src/core/neutral-type.js';
import { encodeNeutralRow } from '../../../../../src/core/neutral-wire.js';
import { assertNeutralHeld } from '../../../../../src/engines/postgres/apply/neutral-values.js';
import { cannotHold } from '../../../../../src/engines/postgres/neutral/held-values.js';
import { toCopyText } from '../../../../../src/engines/postgres/neutral/to-copy-text.js';

const FINER = 'has more than six digits of a second';
const NUL = 'holds the character U+0000';

describe('a value that PostgreSQL would change or cannot hold', () => {
  it.each([
    ['time(7)', '23:59:59.1234561', FINER],
    ['time(7)', '23:59:59.0000001', FINER],
    ['time(7)', '23:59:59.1234560', null],
    ['time(7)', '23:59:59', null],
    ['timestamp(7,none)', '2026-01-02 03:04:05.0000007', FINER],
    ['timestamp(7,none)', '2026-01-02 03:04:05.1234560', null],
    ['timestamp(7,offset)', '2026-01-02 03:04:05.1234567 +05:30', FINER],
    ['timestamp(7,offset)', '2026-01-02 03:04:05.1234560 +05:37', null],
    ['text(*)', 'a\0b', NUL],
    ['text(*)', 'a', null],
    ['binary(*)', '\0', null],
  ])('11.13: is found in %s: %j', (type, value, fault) => {
    expect(cannotHold(Buffer.from(value), parseNeutral(type))).toBe(fault);
  });
});

describe('a copy with values that PostgreSQL cannot hold', () => {
  const of = {
    table: { schema: 'dbo', table: 'visit' },
    columns: [
      { name: 'id', type: parseNeutral('integer(32)') },
      { name: 'seen', type: parseNeutral('time(7)') },
      { name: 'note', type: parseNeutral('text(*)') },
    ],
  };
  const rows = (...all: readonly (readonly (string | null)[])[]) =>
    Readable.from(
      all.map((row) =>
        encodeNeutralRow(row.map((cell) => (cell === null ? null : Buffer.from(cell)))),
      ),
    );

  it('11.13: ends with the column and how many there are, and never with a value', async () => {
    const bytes = rows(
      ['1', '10:00:00.0000000', 'x'],
      ['2', '10:00:00.0000001', 'x'],
      ['3', '10:00:00.0000002', 'a\0b'],
      ['4', null, null],
      ['5', '10:00:00.0000003', 'x'],
    );
    await expect(text(toCopyText(bytes, of))).rejects.toMatchObject({
      code: 'ROW_REJECTED',
      message: `A value of dbo.visit, column seen, ${FINER} (3 values in this part of the table).`,
    });
  });

  it('11.13: goes through where there is none', async () => {
    const bytes = rows(['1', '10:00:00.1234560', 'a\tb'], ['2', null, null]);
    expect(await text(toCopyText(bytes, of))).toBe('1\t10:00:00.1234560\ta\\tb\n2\t\\N\t\\N\n');
  });
});

describe('a change with a value that PostgreSQL cannot hold', () => {
  it('11.13: sets its table aside, with the column and never with the value', () => {
    const table = { schema: 'dbo', table: 'visit' };
    const shape = {
      table,
      columns: [
        { name: 'id', type: 'integer(32)', key: true },
        { name: 'seen', type: 'time(7)', key: false },
      ],
      wire: 'neutral',
    };
    const flags = { applies: true, parks: false, parksFrom: null, fold: true };
    const member = { tableId: '7', source: table, target: table, ...flags };
    const change = (seen: string) => ({
      shape,
      op: 'u' as const,
      oldKey: null,
      row: [Buffer.from('1'), Buffer.from(seen)],
      formats: null,
      oldKeyFormats: null,
      bytes: 20,
    });
    expect(() => assertNeutralHeld(change('10:00:00.1234560'), member)).not.toThrow();
    expect(() => assertNeutralHeld(change('10:00:00.1234567'), member)).toThrow(
      expect.objectContaining({
        fault: {
          tableId: '7',
          code: 'ROW_REJECTED',
          message: `A value of dbo.visit, column seen, ${FINER}.`,
        },
      }),
    );
  });
});
