/** A growing buffer with the little-endian writers that tokens are made of. */
export class ByteWriter {
  #bytes: Buffer;
  #length = 0;

  constructor(capacity = 1024) {
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** Room for `count` more bytes; answers where they start. */
  #claim(count: number): number {
    const at = this.#length;
    const end = at + count;
    if (end > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(end, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    this.#length = end;
    return at;
  }

  u8(value: number): void {
    const at = this.#claim(1);
    this.#bytes[at] = value;
  }

  u16(value: number): void {
    const at = this.#claim(2);
    this.#bytes.writeUInt16LE(value, at);
  }

  i16(value: number): void {
    const at = this.#claim(2);
    this.#bytes.writeInt16LE(value, at);
  }

  i32(value: number): void {
    const at = this.#claim(4);
    this.#bytes.writeInt32LE(value, at);
  }

  u32(value: number): void {
    const at = this.#claim(4);
    this.#bytes.writeUInt32LE(value, at);
  }

  u32be(value: number): void {
    const at = this.#claim(4);
    this.#bytes.writeUInt32BE(value, at);
  }

  u64(value: bigint): void {
    const at = this.#claim(8);
    this.#bytes.writeBigUInt64LE(value, at);
  }

  i64(value: bigint): void {
    const at = this.#claim(8);
    this.#bytes.writeBigInt64LE(value, at);
  }

  f32(value: number): void {
    const at = this.#claim(4);
    this.#bytes.writeFloatLE(value, at);
  }

  f64(value: number): void {
    const at = this.#claim(8);
    this.#bytes.writeDoubleLE(value, at);
  }

  /** An unsigned integer of 3 to 6 bytes. */
  uint(value: number, bytes: number): void {
    const at = this.#claim(bytes);
    this.#bytes.writeUIntLE(value, at, bytes);
  }

  bytes(value: Uint8Array): void {
    const at = this.#claim(value.length);
    this.#bytes.set(value, at);
  }

  utf16(value: string): void {
    const at = this.#claim(value.length * 2);
    this.#bytes.write(value, at, 'utf16le');
  }

  /** B_VARCHAR: the number of characters in one byte. */
  bVarChar(value: string): void {
    this.u8(value.length);
    this.utf16(value);
  }

  /** US_VARCHAR: the number of characters in two bytes. */
  usVarChar(value: string): void {
    this.u16(value.length);
    this.utf16(value);
  }

  /** Forgets everything behind `length`, as when a row could not be written whole. */
  rewind(length: number): void {
    this.#length = length;
  }

  /** What was written since the last call, valid until the next write. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return taken;
  }
}
