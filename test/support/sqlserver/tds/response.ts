import type { Duplex } from 'node:stream';
import type { ColumnMeta, ResultSink, SqlError, TdsValue } from '../backend.js';
import { ByteWriter } from './byte-writer.js';
import { framed, packetType } from './packet.js';
import {
  ROW_TOKEN,
  doneKind,
  doneStatus,
  writeBinaryChange,
  writeColumns,
  writeDone,
  writeMessage,
  writeReturnStatus,
  writeReturnValue,
  writeTextChange,
} from './tokens.js';
import type { ValueWriter } from './value-write.js';
import { valueWriter } from './value-write.js';

/** Tokens gather up to this many bytes before they become packets. */
const FLUSH_BYTES = 32 * 1024;

/** What a response needs to know about its connection. */
export interface Channel {
  readonly stream: Duplex;
  spid: number;
  packetSize: number;
  database: string;
  /** Eight bytes that name the open transaction. */
  descriptor: Buffer;
  nextDescriptor(): Buffer;
}

const NO_BYTES = Buffer.alloc(0);
/** The name of no transaction. */
export const NO_TRANSACTION = Buffer.alloc(8);

/**
 * One message of the server, written as its results come. A DONE says whether more follows, so the
 * last one is held back until that is known.
 */
export class Response implements ResultSink {
  readonly out = new ByteWriter(FLUSH_BYTES + 8192);
  readonly #channel: Channel;
  readonly #inProcedure: boolean;
  #packetId = 1;
  #writers: readonly ValueWriter[] = [];
  #held: { rows: number | null; failed: boolean } | undefined;
  #failed = false;
  #returnValues = 0;
  #worst = 0;

  constructor(channel: Channel, inProcedure: boolean) {
    this.#channel = channel;
    this.#inProcedure = inProcedure;
  }

  /** The highest level of the errors so far. */
  get worst(): number {
    return this.#worst;
  }

  columns(meta: readonly ColumnMeta[]): void {
    this.#release();
    writeColumns(this.out, meta);
    this.#writers = meta.map((column) => valueWriter(column.type));
  }

  row(values: readonly TdsValue[]): Promise<void> | void {
    const { out } = this;
    const writers = this.#writers;
    const start = out.length;
    try {
      out.u8(ROW_TOKEN);
      for (let at = 0; at < writers.length; at += 1) writers[at]?.(out, values[at] ?? null);
    } catch (error) {
      out.rewind(start);
      throw error;
    }
    if (out.length >= FLUSH_BYTES) return this.#flush(false);
  }

  done(rows: number | null): void {
    this.#release();
    this.#held = { rows, failed: this.#failed };
    this.#failed = false;
  }

  info(e: SqlError): void {
    this.#release();
    writeMessage(this.out, 'info', e);
  }

  error(e: SqlError): void {
    this.#release();
    writeMessage(this.out, 'error', e);
    this.#failed = true;
    this.#worst = Math.max(this.#worst, e.level);
  }

  returnValue(name: string, meta: ColumnMeta, value: TdsValue): void {
    this.#release();
    writeReturnValue(this.out, this.#returnValues, { ...meta, name }, value);
    this.#returnValues += 1;
  }

  database(name: string): void {
    this.#release();
    writeTextChange(this.out, 'database', name, this.#channel.database);
    this.#channel.database = name;
  }

  transaction(change: 'begun' | 'committed' | 'rolledBack'): void {
    this.#release();
    const channel = this.#channel;
    if (change === 'begun') {
      channel.descriptor = channel.nextDescriptor();
      writeBinaryChange(this.out, 'begun', channel.descriptor, NO_BYTES);
      return;
    }
    writeBinaryChange(this.out, change, NO_BYTES, channel.descriptor);
    channel.descriptor = NO_TRANSACTION;
  }

  resetAcknowledged(): void {
    writeBinaryChange(this.out, 'reset', NO_BYTES, NO_BYTES);
  }

  /** Ends the message; inside a procedure its status and its own DONE come last. */
  async end(): Promise<void> {
    if (this.#inProcedure) {
      const failed = this.#failed || this.#held?.failed === true;
      this.#release();
      writeReturnStatus(this.out, failed ? 1 : 0);
      this.#writeDone(doneKind.procedure, { rows: null, failed }, false);
    } else {
      this.#writeDone(doneKind.batch, this.#lastDone(), false);
    }
    this.#held = undefined;
    await this.#flush(true);
  }

  #lastDone(): { rows: number | null; failed: boolean } {
    const held = this.#held ?? { rows: null, failed: false };
    return { rows: held.rows, failed: held.failed || this.#failed };
  }

  /** The answer to an attention is a message of its own. */
  async endAttention(): Promise<void> {
    writeDone(this.out, doneKind.batch, doneStatus.attention, 0);
    await this.#flush(true);
  }

  #release(): void {
    if (this.#held === undefined) return;
    const kind = this.#inProcedure ? doneKind.inProcedure : doneKind.batch;
    this.#writeDone(kind, this.#held, true);
    this.#held = undefined;
  }

  #writeDone(kind: number, done: { rows: number | null; failed: boolean }, more: boolean): void {
    const status =
      (more ? doneStatus.more : 0) |
      (done.failed ? doneStatus.error : 0) |
      (done.rows === null ? 0 : doneStatus.count) |
      (this.#channel.descriptor === NO_TRANSACTION ? 0 : doneStatus.inTransaction);
    writeDone(this.out, kind, status, done.rows ?? 0);
  }

  #flush(last: boolean): Promise<void> | void {
    const { stream, packetSize, spid } = this.#channel;
    const options = { packetSize, last, spid, firstId: this.#packetId };
    const { bytes, nextId } = framed(packetType.response, this.out.take(), options);
    this.#packetId = nextId;
    if (stream.destroyed || stream.write(bytes)) return;
    return drained(stream);
  }
}

/** Until the stream takes more, or is gone. */
function drained(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const finished = (): void => {
      stream.off('drain', finished);
      stream.off('close', finished);
      resolve();
    };
    stream.on('drain', finished);
    stream.on('close', finished);
  });
}
