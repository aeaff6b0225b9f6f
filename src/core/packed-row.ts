import type { Image } from './cell.js';
import { BINARY_FORMAT, NULL_TEXT, TEXT_FORMAT, TEXT_MARK } from './cell.js';
import type { Cell } from './change.js';
import { UNCHANGED } from './change.js';

/** What `lengthOf` says of a cell without bytes. */
export const NULL_CELL = -1;
export const UNCHANGED_CELL = -2;

const NUMBERS_AT_ONCE = 8_192;

/** Where the cells of many rows lie: two numbers for each cell, in arrays that the rows share. */
export class CellBounds {
  numbers = new Int32Array(0);
  private used = 0;

  /** Where in `numbers`, as it is from now on, the cells of one row have their place. */
  reserve(width: number): number {
    const needed = width * 2;
    if (this.used + needed > this.numbers.length) {
      this.numbers = new Int32Array(Math.max(NUMBERS_AT_ONCE, needed));
      this.used = 0;
    }
    const base = this.used;
    this.used += needed;
    return base;
  }
}

/**
 * A row whose cells lie in one buffer, which must never be written to again. Cells are made when
 * they are asked for: a Buffer for each of them is what a fast stream spends most of its processor
 * time on, two fifths of it to collect them again (measured with `bench/stream.ts`).
 */
export class PackedRow implements Image {
  private made: readonly Cell[] | null = null;

  /**
   * @param bounds from `base` on two numbers for each cell: its first byte (inverted, `~`, for text)
   * and its length in bytes, or one of the constants above
   * @param bytes of all cells together
   */
  constructor(
    readonly buffer: Buffer,
    private readonly bounds: Int32Array,
    private readonly base: number,
    readonly width: number,
    /** No cell was left out. */
    readonly isWhole: boolean,
    readonly hasText: boolean,
    readonly bytes: number,
  ) {}

  get packed(): PackedRow {
    return this;
  }

  get cells(): readonly Cell[] {
    this.made ??= Array.from({ length: this.width }, (_, column) => this.cell(column));
    return this.made;
  }

  get formats(): Uint8Array | null {
    if (!this.hasText) return null;
    return Uint8Array.from({ length: this.width }, (_, column) => this.formatOf(column));
  }

  /** In bytes; negative for a cell that has none. */
  lengthOf(column: number): number {
    if (column >= this.width) return UNCHANGED_CELL;
    return this.bound(column * 2 + 1);
  }

  /** Where the cell begins in `buffer`. */
  startOf(column: number): number {
    const start = this.bound(column * 2);
    return start < 0 ? ~start : start;
  }

  formatOf(column: number): number {
    return column < this.width && this.bound(column * 2) < 0 ? TEXT_FORMAT : BINARY_FORMAT;
  }

  /** For keyText; null where the cell was left out. */
  textOf(column: number): string | null {
    const length = this.lengthOf(column);
    if (length < 0) return length === NULL_CELL ? NULL_TEXT : null;
    const start = this.startOf(column);
    const text = this.buffer.toString('latin1', start, start + length);
    return this.formatOf(column) === BINARY_FORMAT ? text : TEXT_MARK + text;
  }

  cell(column: number): Cell {
    const length = this.lengthOf(column);
    if (length < 0) return length === NULL_CELL ? null : UNCHANGED;
    const start = this.startOf(column);
    return this.buffer.subarray(start, start + length);
  }

  private bound(at: number): number {
    return this.bounds[this.base + at] ?? 0;
  }
}
