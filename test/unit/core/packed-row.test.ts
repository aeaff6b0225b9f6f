import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Image } from '../../../src/core/cell.js';
import {
  BINARY_FORMAT,
  TEXT_FORMAT,
  fillFrom,
  formatOf,
  hasOldKey,
  isWhole,
  keyText,
  oldImage,
  rowImage,
  unchangedColumns,
} from '../../../src/core/cell.js';
import type { Change, Shape } from '../../../src/core/change.js';
import { UNCHANGED } from '../../../src/core/change.js';
import { encodeColumn } from '../../../src/engines/postgres/apply/column-array.js';
import { encodeArray } from '../../../src/engines/postgres/copy-binary.js';
import { packed } from '../postgres/packed.js';

const WIDTH = 4;
const SHAPE: Shape = { table: { schema: 's', table: 't' }, columns: [], wire: 'any' };

const cell = fc.oneof(
  fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom(null, UNCHANGED),
);
const row = fc
  .record({
    cells: fc.array(cell, { minLength: WIDTH, maxLength: WIDTH }),
    text: fc.array(fc.boolean(), { minLength: WIDTH, maxLength: WIDTH }),
  })
  .map(({ cells, text }) => {
    const isText = cells.map((held, column) => Buffer.isBuffer(held) && text[column] === true);
    const formats = Uint8Array.from(isText, (is) => (is ? TEXT_FORMAT : BINARY_FORMAT));
    const plain: Image = { cells, formats: isText.includes(true) ? formats : null };
    return { plain, packed: packed(cells, isText) };
  });
const key = fc.uniqueArray(fc.nat({ max: WIDTH - 1 }), { minLength: 1 });

function bare({ cells, formats }: Image): Image {
  return { cells, formats };
}

describe('a packed row', () => {
  it('is the same row as its cells', () => {
    fc.assert(
      fc.property(row, row, key, ({ plain, packed: held }, older, columns) => {
        expect(bare(held)).toEqual(plain);
        expect(isWhole(held)).toBe(isWhole(plain));
        expect(unchangedColumns(held)).toEqual(unchangedColumns(plain));
        expect(keyText(held, columns)).toBe(keyText(plain, columns));
        for (let column = 0; column < WIDTH; column += 1) {
          expect(formatOf(held, column)).toBe(formatOf(plain, column));
        }
        expect(bare(fillFrom(held, older.packed))).toEqual(fillFrom(plain, older.plain));
        expect(bare(fillFrom(held, older.packed, columns))).toEqual(
          fillFrom(plain, older.plain, columns),
        );
      }),
    );
  });

  it('gives the images of a change', () => {
    const either = fc.option(row, { nil: null });
    fc.assert(
      fc.property(either, either, key, (now, old, columns) => {
        const plain: Change = {
          shape: SHAPE,
          op: 'u',
          row: now?.plain.cells ?? null,
          formats: now?.plain.formats ?? null,
          oldKey: old?.plain.cells ?? null,
          oldKeyFormats: old?.plain.formats ?? null,
          bytes: 1,
        };
        const held = {
          ...plain,
          packedRow: now?.packed ?? null,
          packedOld: old?.packed ?? null,
        };
        const [row, before] = [rowImage(held, columns), oldImage(held)];
        expect(row && bare(row)).toEqual(rowImage(plain, columns));
        expect(before && bare(before)).toEqual(oldImage(plain));
        expect(hasOldKey(held)).toBe(hasOldKey(plain));
      }),
    );
  });

  it('goes into an array as its cells do', () => {
    fc.assert(
      fc.property(fc.array(row), fc.nat({ max: WIDTH - 1 }), (rows, column) => {
        const cells = rows.map(({ plain }) => plain.cells[column]);
        const wanted = encodeArray(
          25,
          cells.map((held) => (Buffer.isBuffer(held) ? held : null)),
        );
        for (const images of [rows.map((one) => one.packed), rows.map((one) => one.plain)]) {
          expect(encodeColumn(25, images, column)).toEqual(wanted);
        }
      }),
    );
  });
});
