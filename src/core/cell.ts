import type { Cell, Change } from './change.js';
import { UNCHANGED } from './change.js';
import type { PackedRow } from './packed-row.js';

export const TEXT_FORMAT = 0;
export const BINARY_FORMAT = 1;

/** Texts of cells for keyText: bytes are characters up to 255, so these can be of no binary cell. */
export const NULL_TEXT = '\u0100';
export const TEXT_MARK = '\u0101';

/** The cells of a row with each cell's own format; `formats` null: all of them are binary. */
export interface Image {
  readonly cells: readonly Cell[];
  readonly formats: Uint8Array | null;
  /** The same row as it came: what reads many rows asks this for single cells. */
  readonly packed?: PackedRow;
}

export function formatOf(image: Image, column: number): number {
  if (image.packed !== undefined) return image.packed.formatOf(column);
  return image.formats?.[column] ?? BINARY_FORMAT;
}

/** The row after a change; a key cell that the feed left out is taken from the old key. */
export function rowImage(change: Change, key: readonly number[]): Image | null {
  const row = change.packedRow === undefined ? plainRow(change) : change.packedRow;
  if (row === null || isWhole(row)) return row;
  const old = oldImage(change);
  if (old === null || !key.some((column) => row.cells[column] === UNCHANGED)) return row;
  return fillFrom(row, old, key);
}

/** The key before a change where the change carries one. */
export function oldImage(change: Change): Image | null {
  if (change.packedOld !== undefined) return change.packedOld;
  if (change.oldKey === null) return null;
  return { cells: change.oldKey, formats: change.oldKeyFormats };
}

/** Whether the change carries the key, or the whole row, before it. */
export function hasOldKey(change: Change): boolean {
  return (change.packedOld === undefined ? change.oldKey : change.packedOld) !== null;
}

function plainRow({ row, formats }: Change): Image | null {
  return row === null ? null : { cells: row, formats };
}

/** `row` with what it left out taken from `older`, in the columns named (default: in all). */
export function fillFrom(row: Image, older: Image, columns?: readonly number[]): Image {
  if (isWhole(row)) return row;
  const cells = [...row.cells];
  const mixed = row.formats !== null || older.formats !== null;
  const formats = mixed ? new Uint8Array(cells.length).fill(BINARY_FORMAT) : null;
  if (formats !== null) for (let i = 0; i < cells.length; i += 1) formats[i] = formatOf(row, i);
  for (const column of columns ?? cells.keys()) {
    if (cells[column] !== UNCHANGED) continue;
    cells[column] = older.cells[column] ?? null;
    if (formats !== null) formats[column] = formatOf(older, column);
  }
  return { cells, formats };
}

/** Columns whose value the image does not have. */
export function unchangedColumns(image: Image): number[] {
  const columns: number[] = [];
  if (image.packed?.isWhole === true) return columns;
  image.cells.forEach((cell, column) => {
    if (cell === UNCHANGED) columns.push(column);
  });
  return columns;
}

export function isWhole(image: Image): boolean {
  return image.packed?.isWhole ?? !image.cells.includes(UNCHANGED);
}

/**
 * Text that is the same for the same bytes of the key columns, and only then. Null when a key
 * cell is not known. Keys that the database calls equal and whose bytes differ (1.0 and 1.00)
 * have different texts; callers must not rely on the opposite.
 */
export function keyText(image: Image, key: readonly number[]): string | null {
  if (key.length === 1) return cellText(image, key[0] ?? 0);
  let text = '';
  for (const column of key) {
    const part = cellText(image, column);
    if (part === null) return null;
    text += `${part.length}:${part}`;
  }
  return text;
}

function cellText(image: Image, column: number): string | null {
  if (image.packed !== undefined) return image.packed.textOf(column);
  const cell = image.cells[column];
  if (cell === UNCHANGED || cell === undefined) return null;
  if (cell === null) return NULL_TEXT;
  const text = cell.toString('latin1');
  return formatOf(image, column) === BINARY_FORMAT ? text : TEXT_MARK + text;
}
