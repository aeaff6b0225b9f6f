import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SluiceError } from '../../../../../src/core/errors.js';
import { encodeNeutralRow, neutralRows } from '../../../../../src/core/neutral-wire.js';
import { readRows } from '../../../../../src/engines/sqlserver/full-sync/row-reader.js';
import { RowWriter } from '../../../../../src/engines/sqlserver/full-sync/row-writer.js';

const COLUMNS = 3;
const cell = fc.oneof(
  fc.constant(null),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
);
const row = fc.array(cell, { minLength: COLUMNS, maxLength: COLUMNS });

function written(rows: readonly (readonly (string | Buffer | null)[])[]): Buffer {
  const asItIs = (value: unknown) => value as string | Buffer | null;
  const writer = new RowWriter(
    Array.from({ length: COLUMNS }, () => asItIs),
    64,
  );
  const parts: Buffer[] = [];
  for (const one of rows) {
    writer.add(one);
    if (writer.held >= 64) parts.push(writer.take());
  }
  return Buffer.concat([...parts, writer.take()]);
}

function bytesOf(value: string | Buffer | null): Buffer | null {
  return typeof value === 'string' ? Buffer.from(value) : value;
}

/** The bytes in parts of any length. */
function inParts(bytes: Buffer, length: number): Readable {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += length) parts.push(bytes.subarray(at, at + length));
  return Readable.from(parts, { objectMode: true });
}

const asBuffer = (data: Buffer, start: number, end: number) =>
  Buffer.from(data.subarray(start, end));

describe('the rows of a copy', () => {
  it('are written as every engine writes neutral rows', () => {
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        const expected = rows.map((one) => encodeNeutralRow(one.map(bytesOf)));
        return written(rows).equals(Buffer.concat(expected));
      }),
    );
  });

  it('are read whatever the borders of the stream’s parts', async () => {
    const read = fc.asyncProperty(
      fc.array(row),
      fc.integer({ min: 1, max: 700 }),
      async (rows, length) => {
        const counts = { rows: 0, bytes: 0 };
        const readers = Array.from({ length: COLUMNS }, () => asBuffer);
        const found: unknown[][] = [];
        for await (const part of readRows(inParts(written(rows), length), readers, counts)) {
          found.push(...part);
        }
        expect(found).toEqual(rows.map((one) => one.map(bytesOf)));
        expect(counts).toEqual({ rows: rows.length, bytes: written(rows).length });
      },
    );
    await fc.assert(read, { numRuns: 60 });
  });

  it('are read by every other engine', async () => {
    const bytes = written([['a', null, Buffer.from([1])]]);
    const rows: unknown[] = [];
    for await (const one of neutralRows(inParts(bytes, 3), COLUMNS)) rows.push(one);
    expect(rows).toEqual([[Buffer.from('a'), null, Buffer.from([1])]]);
  });

  it('leave out the cell of a column that is not written', async () => {
    const readers = [asBuffer, null, asBuffer];
    const counts = { rows: 0, bytes: 0 };
    const found: unknown[][] = [];
    const bytes = inParts(written([['a', 'b', 'c']]), 1000);
    for await (const part of readRows(bytes, readers, counts)) found.push(...part);
    expect(found).toEqual([[Buffer.from('a'), Buffer.from('c')]]);
  });

  it('fail where the stream ends inside a row, or has other columns', async () => {
    const bytes = written([['a', 'b', 'c']]);
    const collect = (from: Buffer, readers: (typeof asBuffer)[]) =>
      Readable.from(readRows(inParts(from, 1000), readers, { rows: 0, bytes: 0 })).toArray();
    await expect(collect(bytes.subarray(0, -1), [asBuffer])).rejects.toThrow(TypeError);
    await expect(collect(bytes, [asBuffer, asBuffer])).rejects.toThrow(/3 of 2/);
  });

  it('11.13: end at a value that is refused, with the number of those in its column', async () => {
    const values = ['1', 'x', '2', 'y', '3', 'z'];
    const rows = values.map((value) => [null, Buffer.from(value), Buffer.from('w')]);
    const bytes = Buffer.concat(rows.map((one) => encodeNeutralRow(one)));
    const digits = (data: Buffer, start: number, end: number) => {
      const text = data.toString('utf8', start, end);
      if (text < 'a') return text;
      throw new SluiceError('ROW_REJECTED', 'A value of the column c is odd.', { remedy: 'mend' });
    };
    const given: unknown[] = [];
    const read = async () => {
      const counts = { rows: 0, bytes: 0 };
      const length = bytes.length / values.length;
      const readers = [asBuffer, digits, null];
      for await (const some of readRows(inParts(bytes, length), readers, counts))
        given.push(...some);
    };
    await expect(read()).rejects.toMatchObject({
      ...{ code: 'ROW_REJECTED', remedy: 'mend' },
      message: 'A value of the column c is odd (3 values in this part of the table).',
    });
    expect(given).toEqual([[null, '1']]);
  });
});
