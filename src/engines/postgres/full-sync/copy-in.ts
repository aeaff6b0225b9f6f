import type { Readable } from 'node:stream';
import type pg from 'pg';

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
 * go on (its transaction is aborted).
 */
export async function copyIn(client: pg.ClientBase, sql: string, bytes: Readable): Promise<Copied> {
  return new Promise<Copied>((resolve, reject) => {
    client.query(new CopyIn(sql, bytes, resolve, reject));
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

  constructor(
    readonly text: string,
    readonly source: Readable,
    readonly resolve: (copied: Copied) => void,
    readonly reject: (error: unknown) => void,
  ) {}

  submit(connection: pg.Connection): void {
    connection.query(this.text);
  }

  handleCopyInResponse(connection: CopyConnection): void {
    void this.#pump(connection);
  }

  handleCommandComplete(message: { text: string }): void {
    this.#rows = Number(/^COPY (\d+)$/.exec(message.text)?.[1] ?? 0);
  }

  handleReadyForQuery(): void {
    if (this.#error === undefined) this.resolve({ rows: this.#rows, bytes: this.#bytes });
  }

  /** The server's error, or the connection's; after a failed source it is only the echo of it. */
  handleError(error: Error): void {
    this.#fail(error);
    this.reject(this.#error);
  }

  async #pump(connection: CopyConnection): Promise<void> {
    const { stream } = connection;
    try {
      for await (const chunk of this.source as AsyncIterable<Buffer>) {
        if (this.#error !== undefined) return;
        if (!this.#send(stream, chunk)) await this.#drained(stream);
      }
      if (this.#error === undefined) connection.endCopyFrom();
    } catch (error) {
      if (this.#error !== undefined) return;
      this.#error = error instanceof Error ? error : new Error('The source of a copy failed.');
      connection.sendCopyFail('the source of the copy failed');
    }
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

  #fail(error: Error): void {
    this.#error ??= error;
    this.source.destroy();
    this.#wake?.();
  }
}
