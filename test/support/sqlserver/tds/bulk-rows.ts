import type { BulkMeta, TdsValue } from '../backend.js';
import { ByteReader, NeedMore } from './byte-reader.js';
import type { IncomingMessage } from './message-reader.js';
import type { WireType } from './type-read.js';
import { readType } from './type-read.js';
import type { ValueReader } from './value-read.js';
import { valueReader } from './value-read.js';

const COL_METADATA = 0x81;
const ROW = 0xd1;
const NBC_ROW = 0xd2;
const DONE = 0xfd;
const NULLABLE = 0x01;

interface BulkColumn {
  readonly meta: BulkMeta;
  readonly read: ValueReader;
}

/** The load was taken back by the client before its end. */
export class BulkCancelled extends Error {}

function readColumn(reader: ByteReader): BulkColumn {
  reader.skip(4);
  const nullable = (reader.u16() & NULLABLE) !== 0;
  const wire: WireType = readType(reader);
  const { name: typeName } = wire.type;
  if (typeName === 'text' || typeName === 'ntext' || typeName === 'image') reader.usVarChar();
  return { meta: { name: reader.bVarChar(), type: wire.type, nullable }, read: valueReader(wire) };
}

/** The rows of a bulk load, read as the client sends them. */
export class BulkRows implements AsyncIterable<readonly TdsValue[]> {
  readonly #message: IncomingMessage;
  #reader = new ByteReader(Buffer.alloc(0));
  #columns: readonly BulkColumn[] = [];
  #ended = false;

  constructor(message: IncomingMessage) {
    this.#message = message;
  }

  /** The columns stand in front of the first row; a load without rows has none. */
  async columns(): Promise<readonly BulkMeta[]> {
    const columns = await this.#whole((reader) => {
      if (reader.peek() !== COL_METADATA) return [];
      reader.skip(1);
      return Array.from({ length: reader.u16() }, () => readColumn(reader));
    });
    this.#columns = columns ?? [];
    return this.#columns.map((column) => column.meta);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly TdsValue[]> {
    while (!this.#ended) {
      // Rows that are here already are read without waiting for anything.
      let row = this.#rowAtHand();
      if (row === undefined) row = await this.#whole((reader) => this.#row(reader));
      if (row === undefined || row === null) break;
      yield row;
    }
    if (this.#message.ignored) throw new BulkCancelled('the client took the load back');
  }

  /** Reads what is left, so that the next message can come. */
  async drain(): Promise<void> {
    while ((await this.#message.take()) !== null);
  }

  #rowAtHand(): readonly TdsValue[] | null | undefined {
    const start = this.#reader.position;
    if (this.#reader.done) return undefined;
    try {
      return this.#row(this.#reader);
    } catch (error) {
      if (!(error instanceof NeedMore)) throw error;
      this.#reader.position = start;
      return undefined;
    }
  }

  /** Reads something that may not be here whole yet; undefined at the end of the message. */
  async #whole<T>(read: (reader: ByteReader) => T): Promise<T | undefined> {
    for (;;) {
      const start = this.#reader.position;
      try {
        return read(this.#reader);
      } catch (error) {
        if (!(error instanceof NeedMore)) throw error;
        this.#reader.position = start;
        if (!(await this.#fill(error.bytes))) return undefined;
      }
    }
  }

  /** Waits until the buffer holds `bytes` from its start; false at the end of the message. */
  async #fill(bytes: number): Promise<boolean> {
    const { buffer, position } = this.#reader;
    const parts = [buffer.subarray(position)];
    let missing = bytes - buffer.length;
    while (missing > 0) {
      const part = await this.#message.take();
      if (part === null) return false;
      parts.push(part);
      missing -= part.length;
    }
    this.#reader = new ByteReader(Buffer.concat(parts));
    return true;
  }

  #row(reader: ByteReader): readonly TdsValue[] | null {
    const token = reader.u8();
    if (token === ROW) return this.#columns.map((column) => column.read(reader));
    if (token === NBC_ROW) return this.#rowWithNulls(reader);
    if (token !== DONE) throw new Error(`token 0x${token.toString(16)} in a bulk load`);
    this.#ended = true;
    return null;
  }

  /** A row with a bit per column that says which ones are null. */
  #rowWithNulls(reader: ByteReader): readonly TdsValue[] {
    const bits = reader.bytes(Math.ceil(this.#columns.length / 8));
    return this.#columns.map((column, at) => {
      const isNull = ((bits[at >> 3] ?? 0) & (1 << (at & 7))) !== 0;
      return isNull ? null : column.read(reader);
    });
  }
}
