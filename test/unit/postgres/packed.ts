import type { Cell } from '../../../src/core/change.js';
import { UNCHANGED } from '../../../src/core/change.js';
import { CellBounds, NULL_CELL, PackedRow, UNCHANGED_CELL } from '../../../src/core/packed-row.js';

/** A row made of cells, as a feed would have it; `text`: the columns that are text. */
export function packed(cells: readonly Cell[], text: readonly boolean[] = []): PackedRow {
  const bounds = new CellBounds();
  const base = bounds.reserve(cells.length);
  const held = cells.filter((cell) => Buffer.isBuffer(cell));
  let offset = 0;
  cells.forEach((cell, column) => {
    const at = base + column * 2;
    if (!Buffer.isBuffer(cell)) {
      bounds.numbers[at + 1] = cell === null ? NULL_CELL : UNCHANGED_CELL;
      return;
    }
    bounds.numbers[at] = text[column] === true ? ~offset : offset;
    bounds.numbers[at + 1] = cell.length;
    offset += cell.length;
  });
  const hasText = cells.some((cell, column) => Buffer.isBuffer(cell) && text[column] === true);
  const whole = !cells.includes(UNCHANGED);
  const { numbers } = bounds;
  return new PackedRow(Buffer.concat(held), numbers, base, cells.length, whole, hasText, offset);
}

/** `value` with the rows in it as cells and formats, for a comparison. */
export function unpacked(value: object): object {
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]: [string, unknown]) =>
      inner instanceof PackedRow
        ? [name, { cells: inner.cells, formats: inner.formats }]
        : [name, inner],
    ),
  );
}
