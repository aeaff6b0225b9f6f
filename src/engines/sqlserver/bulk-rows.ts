import type { BulkColumn, BulkType } from './sql-session.js';

/** Writes one value at `at`, behind its length, and says where the next one goes. */
type WriteValue = (block: Buffer, at: number, value: unknown) => number;

interface ValueWriter {
  /** Throws for a value that does not fit, in words that may hold it. */
  readonly write: WriteValue;
  /** The most bytes that the value may take. */
  readonly room: (value: unknown) => number;
}

const ROW_TOKEN = 0xd1;
/** Lengths of a value that is NULL: of one byte, of two, and of eight for (max). */
const NULL_16 = 0xffff;
const NULL_64 = 0xffff_ffff_ffff_ffffn;
/** A (max) value comes in parts, of which only the last one, of no bytes, tells the end. */
const LENGTH_UNKNOWN = 0xffff_ffff_ffff_fffen;
const PARTS_FRAME = 8 + 4 + 4;
const GUID_BYTES = 16;
/** Byte by byte, where the digits of a GUID's text are: its first three groups lie reversed. */
const GUID_PLACES = [6, 4, 2, 0, 11, 9, 16, 14, 19, 21, 24, 26, 28, 30, 32, 34] as const;
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Digits that a number of the language holds exactly, whatever they are. */
const SHORT_DIGITS = /^-?\d{1,15}$/;
const TWO_TO_32 = 2 ** 32;

/**
 * Rows in the form of a bulk load, side by side in blocks. The driver's own writer makes a buffer,
 * and a turn of its stream, of each length and each value: for eight columns 17 of them a row, a
 * fifth of all that a copy costs. What is written is the same, byte for byte
 * (test/unit/sqlserver/bulk-rows.test.ts compares them; MS-TDS, "ROW" and "TYPE_VARBYTE").
 */
export class BulkRows {
  readonly #columns: readonly BulkColumn[];
  readonly #writers: readonly ValueWriter[];
  #full: Buffer[] = [];
  #fullBytes = 0;
  #block: Buffer;
  #at = 0;

  /** @param bytes about how much is taken at a time */
  constructor(
    columns: readonly BulkColumn[],
    readonly bytes: number,
  ) {
    this.#columns = columns;
    this.#writers = columns.map(writerOf);
    this.#block = Buffer.allocUnsafe(bytes);
  }

  /** Bytes that wait. */
  get held(): number {
    return this.#fullBytes + this.#at;
  }

  /**
   * @throws TypeError that names the column of a value that is none of its type; what waits is of no
   * use after it
   */
  add(row: readonly unknown[]): void {
    this.#reserve(1);
    this.#at = this.#block.writeUInt8(ROW_TOKEN, this.#at);
    let n = 0;
    try {
      for (; n < this.#writers.length; n += 1) this.#write(this.#writers[n], row[n] ?? null);
    } catch {
      throw misfit(this.#columns[n]);
    }
  }

  /** What waits; it is the caller's from now on. */
  take(): readonly Buffer[] {
    this.#next(this.bytes);
    const taken = this.#full;
    this.#full = [];
    this.#fullBytes = 0;
    return taken;
  }

  #write(writer: ValueWriter | undefined, value: unknown): void {
    if (writer === undefined) return;
    this.#reserve(writer.room(value));
    this.#at = writer.write(this.#block, this.#at, value);
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes > this.#block.length) this.#next(Math.max(bytes, this.bytes));
  }

  /** A value larger than a block has a block of its own: nothing is copied twice. */
  #next(bytes: number): void {
    if (this.#at > 0) this.#full.push(this.#block.subarray(0, this.#at));
    this.#fullBytes += this.#at;
    this.#block = Buffer.allocUnsafe(bytes);
    this.#at = 0;
  }
}

/** Without the value, which the errors of Node's buffers tell. */
function misfit(column: BulkColumn | undefined): TypeError {
  return new TypeError(`A value does not fit ${column?.name ?? ''} (${column?.type ?? ''}).`);
}

function writerOf({ type, length }: BulkColumn): ValueWriter {
  if (type === 'nvarchar') return length === 'max' ? LONG_TEXT : SHORT_TEXT;
  if (type === 'varbinary') return length === 'max' ? LONG_BYTES : SHORT_BYTES;
  return FIXED[type];
}

/** A value of so many bytes, behind a length of one byte. */
function fixed(bytes: number, put: (block: Buffer, at: number, value: unknown) => unknown) {
  const write: WriteValue = (block, at, value) => {
    if (value === null) return block.writeUInt8(0, at);
    block.writeUInt8(bytes, at);
    put(block, at + 1, value);
    return at + 1 + bytes;
  };
  return { write, room: () => 1 + bytes };
}

const FIXED: Readonly<Record<Exclude<BulkType, 'nvarchar' | 'varbinary'>, ValueWriter>> = {
  bit: fixed(1, (block, at, value) => block.writeUInt8(value === true ? 1 : 0, at)),
  tinyint: fixed(1, (block, at, value) => block.writeUInt8(numberOf(value), at)),
  smallint: fixed(2, (block, at, value) => block.writeInt16LE(numberOf(value), at)),
  int: fixed(4, (block, at, value) => block.writeInt32LE(numberOf(value), at)),
  bigint: fixed(8, putBigint),
  real: fixed(4, (block, at, value) => block.writeFloatLE(numberOf(value), at)),
  float: fixed(8, (block, at, value) => block.writeDoubleLE(numberOf(value), at)),
  uniqueidentifier: fixed(GUID_BYTES, putGuid),
};

const SHORT_TEXT = short(textLength, (block, at, value) => block.write(textOf(value), at, 'ucs2'));
const LONG_TEXT = long(textLength, (block, at, value) => block.write(textOf(value), at, 'ucs2'));
const SHORT_BYTES = short(bytesLength, (block, at, value) => bytesOf(value).copy(block, at));
const LONG_BYTES = long(bytesLength, (block, at, value) => bytesOf(value).copy(block, at));

type Put = (block: Buffer, at: number, value: unknown) => number;

function short(lengthOf: (value: unknown) => number, put: Put): ValueWriter {
  return {
    room: (value) => 2 + (value === null ? 0 : lengthOf(value)),
    write: (block, at, value) => {
      if (value === null) return block.writeUInt16LE(NULL_16, at);
      const length = lengthOf(value);
      if (length === NULL_16) throw new RangeError('too long');
      const from = block.writeUInt16LE(length, at);
      put(block, from, value);
      return from + length;
    },
  };
}

function long(lengthOf: (value: unknown) => number, put: Put): ValueWriter {
  return {
    room: (value) => PARTS_FRAME + (value === null ? 0 : lengthOf(value)),
    write: (block, at, value) => {
      if (value === null) return block.writeBigUInt64LE(NULL_64, at);
      let next = block.writeBigUInt64LE(LENGTH_UNKNOWN, at);
      const length = lengthOf(value);
      if (length > 0) {
        next = block.writeUInt32LE(length, next);
        put(block, next, value);
        next += length;
      }
      return block.writeUInt32LE(0, next);
    },
  };
}

function textLength(value: unknown): number {
  return textOf(value).length * 2;
}

function bytesLength(value: unknown): number {
  return bytesOf(value).length;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError('no text');
}

function bytesOf(value: unknown): Buffer {
  if (Buffer.isBuffer(value)) return value;
  throw new TypeError('no bytes');
}

function numberOf(value: unknown): number {
  if (typeof value === 'number' && !Number.isNaN(value)) return value;
  throw new TypeError('no number');
}

/** As digits, a number or a bigint. */
function putBigint(block: Buffer, at: number, value: unknown): void {
  if (typeof value === 'number' || (typeof value === 'string' && SHORT_DIGITS.test(value))) {
    const whole = Number(value);
    if (!Number.isSafeInteger(whole)) throw new RangeError('not whole');
    const high = Math.floor(whole / TWO_TO_32);
    block.writeUInt32LE(whole - high * TWO_TO_32, at);
    block.writeInt32LE(high, at + 4);
  } else if (typeof value === 'bigint' || typeof value === 'string') {
    block.writeBigInt64LE(BigInt(value), at);
  } else throw new TypeError('no number');
}

function putGuid(block: Buffer, at: number, value: unknown): void {
  const text = textOf(value);
  if (!GUID.test(text)) throw new TypeError('no GUID');
  for (const [n, place] of GUID_PLACES.entries()) {
    block[at + n] = nibble(text.charCodeAt(place)) * 16 + nibble(text.charCodeAt(place + 1));
  }
}

/** Of a digit that has been looked at: 0 to 9 are 0x30 on, the letters 0x41 or 0x61 on. */
function nibble(code: number): number {
  return code < 0x40 ? code - 0x30 : (code & 0x0f) + 9;
}
