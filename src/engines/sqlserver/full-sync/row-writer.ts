/** Rows in the framing of core/neutral-wire.ts, written side by side without a buffer for each cell. */
export class RowWriter {
  #buffer: Buffer;
  #at = 0;

  /** @param bytes about how much is taken at a time */
  constructor(readonly bytes: number) {
    this.#buffer = Buffer.allocUnsafe(bytes * 2);
  }

  /** Bytes that wait. */
  get held(): number {
    return this.#at;
  }

  add(cells: readonly (string | Buffer | null)[]): void {
    this.#reserve(roomFor(cells));
    const buffer = this.#buffer;
    const start = this.#at;
    let at = start + LENGTH_BYTES;
    for (const cell of cells) {
      if (cell === null) {
        at = buffer.writeInt32BE(NULL_LENGTH, at);
        continue;
      }
      const from = at + LENGTH_BYTES;
      const length = typeof cell === 'string' ? buffer.write(cell, from) : cell.copy(buffer, from);
      buffer.writeInt32BE(length, at);
      at = from + length;
    }
    buffer.writeUInt32BE(at - start - LENGTH_BYTES, start);
    this.#at = at;
  }

  /** What waits; it is the caller's from now on. */
  take(): Buffer {
    const taken = this.#buffer.subarray(0, this.#at);
    this.#buffer = Buffer.allocUnsafe(this.bytes * 2);
    this.#at = 0;
    return taken;
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

function roomFor(cells: readonly (string | Buffer | null)[]): number {
  let bytes = LENGTH_BYTES;
  for (const cell of cells) {
    bytes += LENGTH_BYTES;
    if (typeof cell === 'string') bytes += cell.length * MOST_BYTES_OF_A_UNIT;
    else if (cell !== null) bytes += cell.length;
  }
  return bytes;
}
