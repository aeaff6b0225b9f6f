import type { BulkLoad, Connection } from 'tedious';
import { bulkType } from './driver-values.js';
import type { BulkColumn } from './sql-session.js';
import { bytesMoved, Watchdog } from './watchdog.js';

type Row = readonly unknown[];
type RowSink = BulkLoad['rowToPacketTransform'];

/** The driver takes rows by number; one of this size is waited for before the next is given. */
const LARGE_ROW_BYTES = 256 * 1024;

/**
 * Stream rows into a table, as fast as the server takes them. NULLs stay NULL whatever the column's
 * default, triggers and checks of the table are left out. An error of the source of the rows is the
 * error of the load. Where there is no row nothing is sent: the driver would leave out the columns
 * with the rows (tedious, bulk-load.js: they go before the first row), and the server has to guess.
 *
 * @param idleMs how long the server may take nothing while rows are at hand; 0: no limit
 */
export async function bulkLoad(
  connection: Connection,
  how: { table: string; columns: readonly BulkColumn[]; idleMs: number },
  parts: AsyncIterable<readonly Row[]>,
): Promise<number> {
  const filled = await fromFirstRow(parts);
  if (filled === null) return 0;
  let fed: Promise<unknown> = Promise.resolve();
  let sourceError: unknown;
  try {
    return await new Promise<number>((resolve, reject) => {
      const load = connection.newBulkLoad(how.table, { keepNulls: true }, (error, count) => {
        watchdog.stop();
        if (error) reject(sourceError instanceof Error ? sourceError : error);
        else resolve(count ?? 0);
      });
      const watchdog = new Watchdog(
        how.idleMs,
        () => load.cancel(),
        () => bytesMoved(connection),
      );
      // The upload as a whole has no limit; the watchdog looks at its progress.
      load.setTimeout(0);
      // Rows are written into the load; given as an iterable each would wait for a turn of its own.
      load.streamingMode = true;
      for (const column of how.columns) {
        const { type, options } = bulkType(column);
        load.addColumn(column.name, type, options);
      }
      startLoad(connection, load);
      fed = feed(load.rowToPacketTransform, filled, watchdog, (error) => (sourceError = error));
    });
  } finally {
    await fed;
  }
}

/** Null where there is none. */
async function fromFirstRow(
  parts: AsyncIterable<readonly Row[]>,
): Promise<AsyncIterable<readonly Row[]> | null> {
  const rest = parts[Symbol.asyncIterator]();
  for (;;) {
    const next = await rest.next();
    if (next.done === true) return null;
    if (next.value.length > 0) return continued(next.value, rest);
  }
}

async function* continued(
  first: readonly Row[],
  rest: AsyncIterator<readonly Row[]>,
): AsyncGenerator<readonly Row[], void, undefined> {
  try {
    yield first;
    for (;;) {
      const next = await rest.next();
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await rest.return?.();
  }
}

/** The driver's types know only the other way to give it rows. */
function startLoad(connection: Connection, load: BulkLoad): void {
  const start: unknown = Reflect.get(connection, 'execBulkLoad');
  if (typeof start === 'function') Reflect.apply(start, connection, [load]);
}

/** Never rejects: what goes wrong ends the load, which says so. */
async function feed(
  sink: RowSink,
  parts: AsyncIterable<readonly Row[]>,
  watchdog: Watchdog,
  onSourceError: (error: unknown) => void,
): Promise<void> {
  const gate = new Gate(sink);
  try {
    for await (const part of parts) {
      for (const row of part) {
        if (gate.closed) return;
        watchdog.touch();
        if (!gate.write(row)) await gate.open();
      }
      // Waiting for the source now; its silence is not the server's.
      watchdog.stop();
    }
    watchdog.touch();
    sink.end();
  } catch (error) {
    onSourceError(error);
    sink.destroy(error instanceof Error ? error : new Error('The source of the rows broke.'));
  }
}

/** Says when the sink takes more rows, or none any more. */
class Gate {
  closed = false;
  #wake: () => void = () => undefined;
  #busy = false;

  constructor(readonly sink: RowSink) {
    const close = () => {
      this.closed = true;
      this.#wake();
    };
    sink.on('error', close);
    sink.on('close', close);
    sink.on('drain', () => this.#wake());
  }

  /** False: wait until it opens. */
  write(row: Row): boolean {
    if (!isLarge(row)) return this.sink.write(row);
    this.#busy = true;
    this.sink.write(row, () => {
      this.#busy = false;
      this.#wake();
    });
    return false;
  }

  async open(): Promise<void> {
    while (!this.closed && (this.#busy || this.sink.writableNeedDrain)) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

function isLarge(row: Row): boolean {
  let bytes = 0;
  for (const value of row) {
    if (typeof value === 'string') bytes += value.length * 2;
    else if (Buffer.isBuffer(value)) bytes += value.length;
  }
  return bytes > LARGE_ROW_BYTES;
}
