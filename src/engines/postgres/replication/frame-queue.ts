import { unreadableMessage } from './byte-reader.js';
import { HighestLsn } from './highest-lsn.js';
import type { Lsn } from './lsn.js';
import { PgOutputDecoder } from './pgoutput.js';
import type { PgOutputMessage } from './pgoutput-messages.js';

/**
 * The server had nothing more to send up to `lsn`: every transaction committed before it has come
 * already, so a consumer that has applied all of them may move its checkpoint there.
 */
export interface KeepaliveMessage {
  readonly kind: 'keepalive';
  readonly lsn: Lsn;
}

/** Where the bytes of a message lie, in a buffer that is never written to again. */
export interface RawMessage {
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
}

/** `raw` is there while a transaction is streamed that is still open: what to decode again later. */
export type ReplicationMessage =
  (PgOutputMessage & { readonly raw?: RawMessage }) | KeepaliveMessage;

const XLOG_DATA = 0x77; // w
const KEEPALIVE = 0x6b; // k
const XLOG_HEADER = 25;
const KEEPALIVE_LENGTH = 18;
const NOTHING = Buffer.alloc(0);

/**
 * Received frames that wait for the consumer, undecoded: decoded rows take several times the
 * memory. Decoding happens when a batch is taken.
 */
export class FrameQueue {
  private readonly decoder = new PgOutputDecoder();
  private buffers: Buffer[] = [];
  private bounds: number[] = [];
  private head = 0;
  /** Taken frames whose buffers are let go of already. */
  private forgotten = 0;
  private readonly highest = new HighestLsn();
  /** Payload bytes that wait. */
  bytes = 0;

  get isEmpty(): boolean {
    return this.head === this.buffers.length;
  }

  /**
   * Keep the payload at start..end of `buffer`, which must never be written to again. Returns
   * whether the server asks for an answer.
   */
  add(buffer: Buffer, start: number, end: number): boolean {
    const type = buffer[start];
    const length = end - start;
    const known =
      (type === XLOG_DATA && length > XLOG_HEADER) ||
      (type === KEEPALIVE && length >= KEEPALIVE_LENGTH);
    if (!known) throw unreadableMessage('a replication frame of an unknown kind');
    if (type === KEEPALIVE) this.dropTrailingKeepalive();
    this.buffers.push(buffer);
    this.bounds.push(start, end);
    this.bytes += length;
    this.highest.raise(buffer, start + 1);
    return type === KEEPALIVE && buffer[start + 17] === 1;
  }

  /** Decode and remove frames, at least one, until their sizes reach `maxBytes`. */
  take(maxBytes: number): ReplicationMessage[] {
    const messages: ReplicationMessage[] = [];
    let taken = 0;
    while (!this.isEmpty && taken < maxBytes) {
      const buffer = this.buffers[this.head] ?? NOTHING;
      const start = this.bounds[this.head * 2] ?? 0;
      const end = this.bounds[this.head * 2 + 1] ?? 0;
      this.head += 1;
      taken += end - start;
      messages.push(this.decode(buffer, start, end));
    }
    this.bytes -= taken;
    this.forgetTaken();
    return messages;
  }

  clear(): void {
    this.buffers = [];
    this.bounds = [];
    this.head = 0;
    this.forgotten = 0;
    this.bytes = 0;
  }

  /** The highest position that came with a frame; LSN_NONE before the first. */
  get received(): Lsn {
    return this.highest.value;
  }

  private decode(buffer: Buffer, start: number, end: number): ReplicationMessage {
    if (buffer[start] === KEEPALIVE) {
      return { kind: 'keepalive', lsn: buffer.readBigUInt64BE(start + 1) };
    }
    const body = start + XLOG_HEADER;
    const message = this.decoder.decode(buffer, body, end);
    if (!this.decoder.isStreaming) return message;
    return Object.assign(message, { raw: { buffer, start: body, end } });
  }

  /** Of several keepalives in a row only the last one says something. */
  private dropTrailingKeepalive(): void {
    if (this.isEmpty) return;
    const last = this.buffers.length - 1;
    const start = this.bounds[last * 2] ?? 0;
    if (this.buffers[last]?.[start] !== KEEPALIVE) return;
    this.buffers.pop();
    const [, end = start] = this.bounds.splice(-2);
    this.bytes -= end - start;
  }

  /** Not after each take: moving what waits costs as much as what waits. */
  private forgetTaken(): void {
    if (this.head * 2 < this.buffers.length) {
      this.buffers.fill(NOTHING, this.forgotten, this.head);
      this.forgotten = this.head;
      return;
    }
    this.forgotten = 0;
    this.buffers = this.buffers.slice(this.head);
    this.bounds = this.bounds.slice(this.head * 2);
    this.head = 0;
  }
}
