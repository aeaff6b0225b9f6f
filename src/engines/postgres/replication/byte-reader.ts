import { SluiceError } from '../../../core/errors.js';

/** A message of the feed that this version cannot read; no byte of it is quoted. */
export function unreadableMessage(what: string): SluiceError {
  return new SluiceError('FEED_CHANGED', `The PostgreSQL change stream sent ${what}.`, {
    remedy: 'Check that the source runs a supported version (14 to 18) and no proxy alters it.',
  });
}

/** Cursor over one message. Every read beyond its end throws SluiceError FEED_CHANGED. */
export class ByteReader {
  private buffer: Buffer = Buffer.alloc(0);
  private end = 0;
  offset = 0;

  reset(buffer: Buffer, offset: number, end: number): void {
    this.buffer = buffer;
    this.offset = offset;
    this.end = end;
  }

  get remaining(): number {
    return this.end - this.offset;
  }

  uint8(): number {
    return this.buffer[this.advance(1)] ?? 0;
  }

  int16(): number {
    return this.buffer.readInt16BE(this.advance(2));
  }

  int32(): number {
    return this.buffer.readInt32BE(this.advance(4));
  }

  uint32(): number {
    return this.buffer.readUInt32BE(this.advance(4));
  }

  uint64(): bigint {
    return this.buffer.readBigUInt64BE(this.advance(8));
  }

  int64(): bigint {
    return this.buffer.readBigInt64BE(this.advance(8));
  }

  /** What is read. */
  get source(): Buffer {
    return this.buffer;
  }

  /** A view, not a copy. */
  bytes(length: number): Buffer {
    const start = this.skip(length);
    return this.buffer.subarray(start, start + length);
  }

  /** Where in the source the bytes are that were skipped. */
  skip(length: number): number {
    if (length < 0) throw unreadableMessage('a value of negative length');
    return this.advance(length);
  }

  cstring(): string {
    const stop = this.buffer.indexOf(0, this.offset);
    if (stop < 0 || stop >= this.end) throw unreadableMessage('a text without an end');
    const text = this.buffer.toString('utf8', this.offset, stop);
    this.offset = stop + 1;
    return text;
  }

  private advance(length: number): number {
    const start = this.offset;
    if (start + length > this.end) throw unreadableMessage('a message that ends too early');
    this.offset = start + length;
    return start;
  }
}
