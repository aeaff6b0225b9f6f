import type { Connection, Request } from 'tedious';
import type { DriverColumn } from './driver-values.js';
import { assertLossless } from './driver-values.js';
import type { Param } from './param.js';
import { newRequest } from './run-request.js';
import { Watchdog } from './watchdog.js';

/** What may wait for the consumer before the driver stops reading from the network. */
const MAX_ROWS = 256;
const MAX_BYTES = 1024 * 1024;

interface DriverCell {
  readonly value: unknown;
}

/**
 * Rows of one statement as arrays. The driver is paused while the consumer is behind, by count and
 * by bytes. Leaving the loop early cancels the statement and waits until the session is free again.
 *
 * @param idleMs the server may take this long for the first row and between two; 0: no limit
 */
export async function* streamRows(
  connection: Connection,
  how: { sql: string; params: readonly Param[]; idleMs: number },
): AsyncGenerator<readonly unknown[], void, undefined> {
  const rows = new RowQueue();
  const watchdog = new Watchdog(how.idleMs, () => {
    // A paused driver is not a silent server.
    if (!request.paused) request.cancel();
  });
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
    rows.push(cells.map((cell) => cell.value));
  });
  watchdog.touch();
  connection.execSql(request);
  try {
    for (;;) {
      const row = rows.shift();
      if (row !== undefined) {
        yield row;
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
  #rows: (readonly unknown[])[] = [];
  #at = 0;
  #bytes = 0;
  #wake: (() => void) | undefined;
  #finish: () => void = () => undefined;

  constructor() {
    this.finished = new Promise((resolve) => (this.#finish = resolve));
  }

  push(row: readonly unknown[]): void {
    this.#rows.push(row);
    this.#bytes += sizeOf(row);
    if (this.#rows.length - this.#at >= MAX_ROWS || this.#bytes >= MAX_BYTES) this.request?.pause();
    this.#wake?.();
  }

  shift(): readonly unknown[] | undefined {
    const row = this.#rows[this.#at];
    if (row === undefined) {
      this.#rows = [];
      this.#at = 0;
      this.#bytes = 0;
      this.request?.resume();
      return undefined;
    }
    this.#at += 1;
    return row;
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

function sizeOf(row: readonly unknown[]): number {
  let size = 0;
  for (const value of row) {
    size += typeof value === 'string' || Buffer.isBuffer(value) ? value.length : 8;
  }
  return size;
}
