/** Thrown where the bytes at hand end inside a value: `bytes` are needed from the start. */
export class NeedMore extends Error {
  constructor(readonly bytes: number) {
    super(`needs ${String(bytes)} bytes`);
  }
}

/** A cursor over a buffer with the little-endian readers that requests are made of. */
export class ByteReader {
  #at = 0;

  constructor(readonly buffer: Buffer) {}

  get position(): number {
    return this.#at;
  }

  set position(at: number) {
    this.#at = at;
  }

  get done(): boolean {
    return this.#at >= this.buffer.length;
  }

  #claim(count: number): number {
    const at = this.#at;
    if (at + count > this.buffer.length) throw new NeedMore(at + count);
    this.#at = at + count;
    return at;
  }

  peek(): number {
    if (this.done) throw new NeedMore(this.#at + 1);
    return this.buffer.readUInt8(this.#at);
  }

  skip(count: number): void {
    this.#claim(count);
  }

  u8(): number {
    return this.buffer.readUInt8(this.#claim(1));
  }

  u16(): number {
    return this.buffer.readUInt16LE(this.#claim(2));
  }

  i16(): number {
    return this.buffer.readInt16LE(this.#claim(2));
  }

  i32(): number {
    return this.buffer.readInt32LE(this.#claim(4));
  }

  u32(): number {
    return this.buffer.readUInt32LE(this.#claim(4));
  }

  u64(): bigint {
    return this.buffer.readBigUInt64LE(this.#claim(8));
  }

  i64(): bigint {
    return this.buffer.readBigInt64LE(this.#claim(8));
  }

  f32(): number {
    return this.buffer.readFloatLE(this.#claim(4));
  }

  f64(): number {
    return this.buffer.readDoubleLE(this.#claim(8));
  }

  /** An unsigned integer of 3 to 6 bytes. */
  uint(bytes: number): number {
    return this.buffer.readUIntLE(this.#claim(bytes), bytes);
  }

  bytes(count: number): Buffer {
    const at = this.#claim(count);
    return this.buffer.subarray(at, at + count);
  }

  utf16(bytes: number): string {
    const at = this.#claim(bytes);
    return this.buffer.toString('utf16le', at, at + bytes);
  }

  bVarChar(): string {
    return this.utf16(this.u8() * 2);
  }

  usVarChar(): string {
    return this.utf16(this.u16() * 2);
  }
}
