import { Readable } from 'node:stream';
import type pg from 'pg';
import { STALLED_MS } from '../../stalled.js';
import { StallWatch, stoodStill } from './stall-watch.js';

type DataListener = (chunk: Buffer) => void;

const COPY_DATA = 0x64; // d
const COPY_DONE = 0x63; // c
const COPY_OUT_RESPONSE = 0x48; // H
const ERROR_RESPONSE = 0x45; // E
const HEADER_BYTES = 5;

/**
 * `COPY … TO STDOUT` as a stream of its payload; give it to `client.query`.
 *
 * The server sends one message per row. While the copy runs this object reads the socket in the
 * driver's place and closes the gaps that the message headers leave inside each buffer that was
 * read, so no row becomes an object and nothing is copied to a new buffer (PostgreSQL
 * documentation, "Message Formats"). The socket is paused while the consumer is behind. Whoever
 * gives up before the end has to close the connection.
 */
export class CopyOut extends Readable implements pg.Submittable {
  #socket: pg.Connection['stream'] | undefined;
  #driver: DataListener | undefined;
  readonly #onData: DataListener = (chunk) => this.#consume(chunk);
  /** The start of a message that the last buffer cut off. */
  #cut: Buffer | undefined;
  /** Payload of the present row that is still to come. */
  #left = 0;
  readonly #watch: StallWatch;

  /** @param stalledMs how long the server may send nothing to a consumer that waits for it */
  constructor(
    readonly text: string,
    highWaterMark: number,
    private readonly stalledMs = STALLED_MS,
  ) {
    super({ highWaterMark });
    this.#watch = new StallWatch(stalledMs, () => this.#stalled());
  }

  submit(connection: pg.Connection): void {
    this.#socket = connection.stream;
    // The driver's one listener; its parser goes on with what it is given after the copy.
    [this.#driver] = connection.stream.listeners('data') as DataListener[];
    connection.stream.removeAllListeners('data');
    connection.stream.on('data', this.#onData);
    connection.query(this.text);
  }

  override _read(): void {
    this.#watch.moved();
    this.#socket?.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#watch.end();
    done(error);
  }

  /** Called by the driver with the server's error, or the connection's. */
  handleError(error: Error): void {
    this.#giveBack();
    this.destroy(error);
  }

  /** The copy is complete only when the server has said so. */
  handleCommandComplete(): void {
    this.push(null);
  }

  handleReadyForQuery(): void {
    // The stream ended with the command.
  }

  /** A server that stands still says nothing of it, and keeps the connection. */
  #stalled(): void {
    if (this.#socket?.isPaused() === true) return this.#watch.moved();
    this.destroy(stoodStill(this.stalledMs, 'the source'));
    this.#socket?.destroy();
  }

  #consume(received: Buffer): void {
    this.#watch.moved();
    const chunk = this.#cut === undefined ? received : Buffer.concat([this.#cut, received]);
    this.#cut = undefined;
    const { payloadEnd, next, ended } = this.#compact(chunk);
    if (payloadEnd > 0 && !this.push(chunk.subarray(0, payloadEnd))) this.#socket?.pause();
    const rest = chunk.subarray(next);
    if (ended) {
      const driver = this.#driver;
      this.#giveBack();
      if (rest.length > 0) driver?.(rest);
    } else if (rest.length > 0) {
      this.#cut = rest;
    }
  }

  /** Move the payloads to the front of the buffer; the messages that are none go to the driver. */
  #compact(chunk: Buffer): { payloadEnd: number; next: number; ended: boolean } {
    let read = 0;
    let write = 0;
    for (;;) {
      const payload = Math.min(this.#left, chunk.length - read);
      if (payload > 0) {
        if (write !== read) chunk.copyWithin(write, read, read + payload);
        write += payload;
        read += payload;
        this.#left -= payload;
      }
      if (chunk.length - read < HEADER_BYTES) break;
      const code = chunk[read];
      const length = chunk.readUInt32BE(read + 1) - 4;
      if (code === COPY_DATA) {
        this.#left = length;
        read += HEADER_BYTES;
        continue;
      }
      if (code === COPY_DONE || code === ERROR_RESPONSE) {
        return { payloadEnd: write, next: read, ended: true };
      }
      const end = read + HEADER_BYTES + length;
      if (end > chunk.length) break;
      // A copy: what the driver keeps of a message must not change under it.
      if (code !== COPY_OUT_RESPONSE) this.#driver?.(Buffer.from(chunk.subarray(read, end)));
      read = end;
    }
    return { payloadEnd: write, next: read, ended: false };
  }

  #giveBack(): void {
    this.#watch.end();
    if (this.#socket === undefined) return;
    this.#socket.removeListener('data', this.#onData);
    if (this.#driver !== undefined) this.#socket.on('data', this.#driver);
    this.#socket.resume();
    this.#socket = undefined;
  }
}
