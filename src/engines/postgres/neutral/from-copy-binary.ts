import { Transform, type TransformCallback } from 'node:stream';

const HEADER_BYTES = 19;
const COUNT_BYTES = 2;
const LENGTH_BYTES = 4;
const TRAILER = -1;

/**
 * Turns a binary COPY of text and bytea columns into neutral rows. A row there is the number of its
 * columns and then each with its length; here the number gives way to the length of the whole
 * (PostgreSQL documentation, COPY, "Binary Format").
 */
export class FromCopyBinary extends Transform {
  #parts: Buffer[] = [];
  #held = 0;
  #wanted = HEADER_BYTES;
  #begun = false;
  #ended = false;

  override _transform(part: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#parts.push(part);
    this.#held += part.length;
    // A row may be many parts long: they are joined once, when what is needed is there.
    try {
      if (this.#held >= this.#wanted) this.#consume();
    } catch (error) {
      // Thrown here it would reach the listener that reads the socket, and nobody behind it.
      done(error instanceof Error ? error : new Error('A binary copy could not be read.'));
      return;
    }
    done();
  }

  override _flush(done: TransformCallback): void {
    done(this.#ended ? null : new Error('A binary copy ended before its trailer.'));
  }

  #consume(): void {
    const data = this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts, this.#held);
    if (data === undefined) return;
    let offset = this.#begun ? 0 : HEADER_BYTES;
    this.#begun = true;
    const rows: Buffer[] = [];
    for (;;) {
      const end = rowEnd(data, offset);
      if (end === null) {
        this.#ended ||= data.length - offset >= COUNT_BYTES && data.readInt16BE(offset) === TRAILER;
        break;
      }
      if (end > data.length) break;
      rows.push(lengthOf(end - offset - COUNT_BYTES), data.subarray(offset + COUNT_BYTES, end));
      offset = end;
    }
    const rest = data.subarray(offset);
    this.#parts = rest.length === 0 ? [] : [rest];
    this.#held = rest.length;
    this.#wanted = Math.max(rowEnd(rest, 0) ?? 0, rest.length + 1);
    if (rows.length > 0) this.push(Buffer.concat(rows));
  }
}

function lengthOf(bytes: number): Buffer {
  const length = Buffer.allocUnsafe(LENGTH_BYTES);
  length.writeUInt32BE(bytes, 0);
  return length;
}

/**
 * Where the row at `offset` ends as far as that can be seen: beyond the data when it is cut off.
 * Null at the trailer and where not even the number of columns is there.
 */
function rowEnd(data: Buffer, offset: number): number | null {
  if (data.length - offset < COUNT_BYTES) return null;
  const count = data.readInt16BE(offset);
  if (count === TRAILER) return null;
  let at = offset + COUNT_BYTES;
  for (let column = 0; column < count; column += 1) {
    if (data.length - at < LENGTH_BYTES) return at + LENGTH_BYTES + 1;
    at += LENGTH_BYTES + Math.max(0, data.readInt32BE(at));
  }
  return at;
}
