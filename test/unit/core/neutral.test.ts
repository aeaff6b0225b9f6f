import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NeutralType } from '../../../src/core/neutral-type.js';
import { formatNeutral, parseNeutral } from '../../../src/core/neutral-type.js';
import type { NeutralCell } from '../../../src/core/neutral-wire.js';
import { encodeNeutralRow, neutralRows } from '../../../src/core/neutral-wire.js';

const TYPES: readonly NeutralType[] = [
  { kind: 'boolean' },
  { kind: 'xml' },
  { kind: 'integer', bits: 8 },
  { kind: 'integer', bits: 64 },
  { kind: 'float', bits: 32 },
  { kind: 'decimal', precision: 38, scale: 10 },
  { kind: 'decimal', precision: null, scale: null },
  { kind: 'time', digits: 0 },
  { kind: 'timestamp', digits: 7, zone: 'offset' },
  { kind: 'timestamp', digits: 6, zone: 'none' },
  { kind: 'text', length: null, fixed: false },
  { kind: 'binary', length: 16, fixed: true },
];

describe('neutral types', () => {
  it.each(TYPES)('reads back what it writes: $kind', (type) => {
    expect(parseNeutral(formatNeutral(type))).toEqual(type);
  });

  it.each(['', 'integer', 'integer(7)', 'native:sql_variant', 'decimal(1)', 'timestamp(7,x)'])(
    'refuses %j',
    (text) => {
      expect(() => parseNeutral(text)).toThrow(TypeError);
    },
  );
});

const cell = fc.option(fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)));

async function readBack(data: Buffer, cuts: readonly number[], columns: number) {
  const parts: Buffer[] = [];
  let from = 0;
  for (const cut of [...cuts, data.length]) {
    if (cut > from && cut <= data.length) {
      parts.push(data.subarray(from, cut));
      from = cut;
    }
  }
  const rows: NeutralCell[][] = [];
  for await (const row of neutralRows(Readable.from(parts), columns)) rows.push(row);
  return rows;
}

describe('neutral rows', () => {
  it('come back whatever the borders of the stream', async () => {
    const table = fc
      .integer({ min: 1, max: 5 })
      .chain((columns) => fc.array(fc.array(cell, { minLength: columns, maxLength: columns })));
    const cuts = fc
      .uniqueArray(fc.integer({ min: 1, max: 400 }))
      .map((at) => at.sort((a, b) => a - b));
    await fc.assert(
      fc.asyncProperty(table, cuts, async (rows, at) => {
        const data = Buffer.concat(rows.map((row) => encodeNeutralRow(row)));
        expect(await readBack(data, at, rows[0]?.length ?? 1)).toEqual(rows);
      }),
    );
  });

  it('a stream that ends inside a row is an error', async () => {
    const row = encodeNeutralRow([Buffer.from('abc'), null]);
    await expect(readBack(row.subarray(0, row.length - 1), [], 2)).rejects.toThrow(TypeError);
    await expect(readBack(row, [], 3)).rejects.toThrow(TypeError);
  });
});
