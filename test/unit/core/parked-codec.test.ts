import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cell, Shape } from '../../../src/core/change.js';
import { UNCHANGED } from '../../../src/core/change.js';
import type { Image } from '../../../src/core/cell.js';
import { formatOf } from '../../../src/core/cell.js';
import {
  decodeShape,
  decodeTuple,
  encodeShape,
  encodeTuple,
} from '../../../src/core/parked-codec.js';

const cell: fc.Arbitrary<Cell> = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  fc.constant(null),
  fc.constant(UNCHANGED),
);
const column = fc.tuple(cell, fc.constantFrom(0, 1));

describe('a parked row', () => {
  it('is read back with every cell and every format', () => {
    fc.assert(
      fc.property(fc.array(column, { maxLength: 30 }), fc.boolean(), (columns, plain) => {
        const cells = columns.map(([one]) => one);
        const formats = plain ? null : Uint8Array.from(columns.map(([, format]) => format));
        const image: Image = { cells, formats };
        const read = decodeTuple(encodeTuple(image));
        expect(read.cells).toEqual(cells);
        cells.forEach((one, index) => {
          if (Buffer.isBuffer(one)) expect(formatOf(read, index)).toBe(formatOf(image, index));
        });
      }),
    );
  });

  it('is refused when bytes are missing or left over', () => {
    const bytes = encodeTuple({ cells: [Buffer.from('abc'), null], formats: null });
    for (let end = 0; end < bytes.length; end += 1) {
      expect(() => decodeTuple(bytes.subarray(0, end))).toThrow('cannot be read');
    }
    expect(() => decodeTuple(Buffer.concat([bytes, Buffer.from([0])]))).toThrow('cannot be read');
    expect(() => decodeTuple(Buffer.from([0, 1, 0x78]))).toThrow('cannot be read');
  });
});

describe('a parked shape', () => {
  const name = fc.string({ minLength: 1, maxLength: 10 });
  const shape: fc.Arbitrary<Shape> = fc.record({
    table: fc.record({ schema: name, table: name }),
    columns: fc.array(fc.record({ name, type: name, key: fc.boolean() })),
    wire: name,
  });

  it('is read back as it was', () => {
    fc.assert(
      fc.property(shape, (one) => {
        expect(decodeShape(JSON.parse(encodeShape(one)))).toEqual(one);
      }),
    );
  });

  it('is refused when it is something else', () => {
    expect(() => decodeShape({ columns: [] })).toThrow('cannot be read');
  });
});
