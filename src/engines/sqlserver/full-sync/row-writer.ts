import type { WireValueOf } from '../types/cell-of.js';

/** Rows in the framing of core/neutral-wire.ts, written side by side without a buffer for each cell. */
export class RowWriter {
  #buffer: Buffer;
  #at = 0;

  /**
   * @param valueOf one for each column
   * @param bytes about how much is taken at a time
   */
  constructor(
    readonly valueOf: readonly WireValueOf[],
    readonly bytes: number,
  ) {
    this.#buffer = Buffer.allocUnsafe(bytes * 2);
  }

  /** Bytes that wait. */
  get held(): number {
    return this.#at;
  }

  add(row: readonly unknown[]): void {
    this.#reserve(LENGTH_BYTES);
    const start = this.#at;
    this.#at += LENGTH_BYTES;
    // By number: an iterator would be made for each row.
    for (let n = 0; n < this.valueOf.length; n += 1) this.#cell(this.valueOf[n]?.(row[n]) ?? null);
    this.#buffer.writeUInt32BE(this.#at - start - LENGTH_BYTES, start);
  }

  /** What waits; it is the caller's from now on. */
  take(): Buffer {
    const taken = this.#buffer.subarray(0, this.#at);
    this.#buffer = Buffer.allocUnsafe(this.bytes * 2);
    this.#at = 0;
    return taken;
  }

  #cell(value: string | Buffer | null): void {
    const isText = typeof value === 'string';
    const most = value === null ? 0 : value.length * (isText ? MOST_BYTES_OF_A_UNIT : 1);
    this.#reserve(LENGTH_BYTES + most);
    const buffer = this.#buffer;
    const from = this.#at + LENGTH_BYTES;
    let length = NULL_LENGTH;
    if (isText) length = buffer.write(value, from);
    else if (value !== null) length = value.copy(buffer, from);
    buffer.writeInt32BE(length, this.#at);
    this.#at = from + Math.max(length, 0);
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(needed);
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}

const LENGTH_BYTES = 4;
const NULL_LENGTH = -1;
/** A UTF-16 unit takes at most so many bytes of UTF-8. */
const MOST_BYTES_OF_A_UNIT = 3;
