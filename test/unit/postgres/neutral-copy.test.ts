import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NeutralCell } from '../../../src/core/neutral-wire.js';
import { encodeNeutralRow, neutralRows } from '../../../src/core/neutral-wire.js';
import { encodeCopyHeader, encodeCopyTrailer } from '../../../src/engines/postgres/copy-binary.js';
import { FromCopyBinary } from '../../../src/engines/postgres/neutral/from-copy-binary.js';
import { toCopyText } from '../../../src/engines/postgres/neutral/to-copy-text.js';
import { encodeCopyRows } from '../../support/copy-rows.js';

const cell = fc.option(fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)));

function parts(data: Buffer, size: number): Buffer[] {
  const cut: Buffer[] = [];
  for (let at = 0; at < data.length; at += size) cut.push(data.subarray(at, at + size));
  return cut;
}

describe('a binary copy as neutral rows', () => {
  it('gives the same cells whatever the borders of the stream', async () => {
    const table = fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 200 }), async (rows, size) => {
        const data = Buffer.concat([encodeCopyHeader(), encodeCopyRows(rows), encodeCopyTrailer()]);
        const neutral = Readable.from(parts(data, size)).pipe(new FromCopyBinary());
        const found: NeutralCell[][] = [];
        for await (const row of neutralRows(neutral, 3)) found.push(row);
        expect(found).toEqual(rows);
      }),
    );
  });

  it('one that was cut off is an error', async () => {
    const data = Buffer.concat([encodeCopyHeader(), encodeCopyRows([[Buffer.from('a')]])]);
    const neutral = new FromCopyBinary();
    neutral.end(data);
    await expect(buffer(neutral)).rejects.toThrow('before its trailer');
  });
});

function text(type: Parameters<typeof toCopyText>[1]['columns'][0]['type'], value: string) {
  const bytes = Readable.from([encodeNeutralRow([Buffer.from(value), null])]);
  const table = { schema: 's', table: 't' };
  const columns = ['a', 'b'].map((name) => ({ name, type }));
  return buffer(toCopyText(bytes, { table, columns })).then(String);
}

describe('neutral rows as the text of a copy', () => {
  const note = { kind: 'text', length: null, fixed: false } as const;
  const moment = { kind: 'timestamp', digits: 7, zone: 'none' } as const;

  it('escapes what would end a field or a row', async () => {
    expect(await text(note, 'a\tb\nc\\d\\.')).toBe('a\\tb\\nc\\\\d\\\\.\t\\N\n');
    expect(await text({ kind: 'binary', length: null, fixed: false }, 'ab')).toBe(
      '\\\\x6162\t\\N\n',
    );
  });

  it('refuses what PostgreSQL would round or cannot hold, by the name of the column', async () => {
    expect(await text(moment, '2026-01-01 00:00:00.1234560')).toContain('.1234560');
    const rejected = {
      code: 'ROW_REJECTED',
      message: expect.stringContaining('column a') as string,
    };
    await expect(text(moment, '2026-01-01 00:00:00.1234567')).rejects.toMatchObject(rejected);
    await expect(text(note, 'a\0b')).rejects.toMatchObject(rejected);
  });
});
