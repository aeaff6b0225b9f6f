import type { Connection, Request } from 'tedious';
import type { DriverColumn } from './driver-values.js';
import { assertLossless } from './driver-values.js';
import type { Param } from './param.js';
import { newRequest } from './run-request.js';
import { bytesMoved, Watchdog } from './watchdog.js';

/** What may wait for the consumer before the driver stops reading from the network. */
const MAX_ROWS = 512;
const MAX_BYTES = 1024 * 1024;

type Row = readonly unknown[];

interface DriverCell {
  readonly value: unknown;
}

/**
 * Rows of one statement as arrays, as many as are at hand at a time. The driver is paused while the
 * consumer is behind, by count and by bytes. Leaving the loop early cancels the statement and waits
 * until the session is free again.
 *
 * @param idleMs the server may send nothing for this long, before the first row, between two and in
 * the middle of one; 0: no limit
 */
export async function* streamParts(
  connection: Connection,
  how: { sql: string; params: readonly Param[]; idleMs: number },
): AsyncGenerator<readonly Row[], void, undefined> {
  const rows = new RowQueue();
  const bark = () => {
    // A paused driver is not a silent server.
    if (!request.paused) request.cancel();
  };
  const watchdog = new Watchdog(how.idleMs, bark, () => bytesMoved(connection));
  const request = newRequest(how.sql, how.params, (error) => {
    watchdog.stop();
    rows.end(error);
  });
  rows.request = request;
  request.on('columnMetadata', (columns: unknown) => {
    try {
      assertLossless(columns as readonly DriverColumn[], true);
    } catch (error) {
      rows.refuse(error);
    }
  });
  request.on('row', (cells: readonly DriverCell[]) => {
    watchdog.touch();
    rows.push(cells);
  });
  watchdog.touch();
  connection.execSql(request);
  try {
    for (;;) {
      const part = rows.take();
      if (part.length > 0) {
        yield part;
        continue;
      }
      if (rows.ended) break;
      watchdog.touch();
      await rows.more();
    }
  } finally {
    watchdog.stop();
    if (!rows.ended) {
      request.cancel();
      await rows.finished;
    }
  }
  if (rows.error !== undefined) throw rows.error as Error;
}

class RowQueue {
  readonly finished: Promise<void>;
  error: unknown;
  ended = false;
  request: Request | undefined;
  #rows: Row[] = [];
  #bytes = 0;
  #wake: (() => void) | undefined;
  #finish: () => void = () => undefined;

  constructor() {
    this.finished = new Promise((resolve) => (this.#finish = resolve));
  }

  push(cells: readonly DriverCell[]): void {
    const row: unknown[] = [];
    let bytes = 0;
    for (const { value } of cells) {
      row.push(value);
      bytes += typeof value === 'string' || Buffer.isBuffer(value) ? value.length : 8;
    }
    this.#rows.push(row);
    this.#bytes += bytes;
    if (this.#rows.length >= MAX_ROWS || this.#bytes >= MAX_BYTES) this.request?.pause();
    // A moment later, so that what came in the same packet goes along.
    if (this.#rows.length === 1 && this.#wake !== undefined) setImmediate(this.#wake);
  }

  take(): readonly Row[] {
    const part = this.#rows;
    this.#rows = [];
    this.#bytes = 0;
    this.request?.resume();
    return part;
  }

  refuse(error: unknown): void {
    this.error = error;
    this.request?.cancel();
  }

  end(error: unknown): void {
    this.error ??= error;
    this.ended = true;
    this.#finish();
    this.#wake?.();
  }

  async more(): Promise<void> {
    if (this.#rows.length > 0 || this.ended) return;
    await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = undefined;
  }
}
