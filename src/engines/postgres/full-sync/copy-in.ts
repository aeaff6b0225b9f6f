import type { Readable } from 'node:stream';
import type pg from 'pg';
import { STALLED_MS } from '../../stalled.js';
import { StallWatch, stoodStill } from './stall-watch.js';

const COPY_DATA = 0x64; // d
const HEADER_BYTES = 5;

export interface Copied {
  readonly rows: number;
  /** Payload, without the protocol's own headers. */
  readonly bytes: number;
}

/**
 * Run `COPY … FROM STDIN` and send it what `bytes` gives, no faster than the server takes it. When
 * the source of the bytes fails the copy fails too, with the source's error, and the connection can
 * go on (its transaction is aborted). How long it takes does not matter as long as bytes move.
 *
 * @throws SluiceError SERVER_BUSY when none moved for `stalledMs`; the connection may be gone then
 */
export async function copyIn(
  client: pg.ClientBase,
  sql: string,
  bytes: Readable,
  stalledMs = STALLED_MS,
): Promise<Copied> {
  return new Promise<Copied>((resolve, reject) => {
    client.query(new CopyIn(sql, bytes, stalledMs, resolve, reject));
  });
}

/** The driver's connection with what its types leave out. */
interface CopyConnection {
  readonly stream: pg.Connection['stream'];
  endCopyFrom(): void;
  sendCopyFail(reason: string): void;
}

class CopyIn implements pg.Submittable {
  #rows = 0;
  #bytes = 0;
  /** Set when the server or the source has failed: nothing more is sent. */
  #error: Error | undefined;
  #wake: (() => void) | undefined;
  #connection: CopyConnection | undefined;
  #socket: pg.Connection['stream'] | undefined;
  #waitsForSource = false;
  readonly #watch: StallWatch;

  constructor(
    readonly text: string,
    readonly source: Readable,
    readonly stalledMs: number,
    readonly resolve: (copied: Copied) => void,
    readonly reject: (error: unknown) => void,
  ) {
    this.#watch = new StallWatch(stalledMs, () => this.#stalled());
  }

  submit(connection: pg.Connection): void {
    this.#socket = connection.stream;
    connection.query(this.text);
  }

  handleCopyInResponse(connection: CopyConnection): void {
    this.#connection = connection;
    void this.#pump(connection);
  }

  handleCommandComplete(message: { text: string }): void {
    this.#rows = Number(/^COPY (\d+)$/.exec(message.text)?.[1] ?? 0);
  }

  handleReadyForQuery(): void {
    this.#watch.end();
    if (this.#error === undefined) this.resolve({ rows: this.#rows, bytes: this.#bytes });
  }

  /** The server's error, or the connection's; after a failed source it is only the echo of it. */
  handleError(error: Error): void {
    this.#watch.end();
    this.#fail(error);
    this.reject(this.#error);
  }

  async #pump(connection: CopyConnection): Promise<void> {
    const { stream } = connection;
    this.#waitsForSource = true;
    try {
      for await (const chunk of this.source as AsyncIterable<Buffer>) {
        if (this.#error !== undefined) return;
        this.#waitsForSource = false;
        this.#watch.moved();
        if (!this.#send(stream, chunk)) await this.#drained(stream);
        this.#watch.moved();
        this.#waitsForSource = true;
      }
      this.#waitsForSource = false;
      if (this.#error === undefined) connection.endCopyFrom();
    } catch (error) {
      this.#giveUp(error instanceof Error ? error : new Error('The source of a copy failed.'));
    }
  }

  /** The server answers with an error of its own, after which the session is free. */
  #giveUp(error: Error): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#waitsForSource = false;
    this.#watch.moved();
    this.#connection?.sendCopyFail('the source of the copy failed');
  }

  #send(stream: pg.Connection['stream'], chunk: Buffer): boolean {
    const header = Buffer.allocUnsafe(HEADER_BYTES);
    header[0] = COPY_DATA;
    header.writeUInt32BE(chunk.length + 4, 1);
    this.#bytes += chunk.length;
    stream.cork();
    stream.write(header);
    const flows = stream.write(chunk);
    stream.uncork();
    return flows;
  }

  async #drained(stream: pg.Connection['stream']): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      stream.once('drain', resolve);
    });
    this.#wake = undefined;
  }

  /** A server that takes nothing would not hear that the copy is given up. */
  #stalled(): void {
    const side = this.#waitsForSource ? 'the source' : 'the target';
    const error = stoodStill(this.stalledMs, side);
    if (this.#waitsForSource) {
      this.#giveUp(error);
      // Its own end may never come: what makes rows of other bytes ends with those.
      this.source.destroy();
      return;
    }
    this.#fail(error);
    this.#socket?.destroy();
  }

  #fail(error: Error): void {
    this.#error ??= error;
    this.source.destroy();
    this.#wake?.();
  }
}
