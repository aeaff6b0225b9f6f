import type { BulkLoad, Connection } from 'tedious';
import { BulkRows } from './bulk-rows.js';
import { bulkType } from './driver-values.js';
import type { BulkColumn } from './sql-session.js';
import { bytesMoved, Watchdog } from './watchdog.js';

type Row = readonly unknown[];
type RowSink = BulkLoad['rowToPacketTransform'];

/** So much is given to the driver at a time. A large value may be more. */
const BLOCK_BYTES = 64 * 1024;

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
  let load: BulkLoad | undefined;
  let feed: Feed | undefined;
  const watchdog = new Watchdog(
    how.idleMs,
    () => connection.cancel(),
    () => bytesMoved(connection),
  );
  try {
    return await new Promise<number>((resolve, reject) => {
      load = newLoad(connection, how, (error, count) => {
        watchdog.stop();
        if (!error) return resolve(count ?? 0);
        if (load !== undefined && isUnread(load)) load.rowToPacketTransform.destroy();
        reject(feed?.sourceError ?? error);
      });
      startLoad(connection, load);
      const rows = new BulkRows(how.columns, BLOCK_BYTES);
      feed = new Feed({ sink: takeBlocks(load), rows, watchdog }, filled);
    });
  } finally {
    await feed?.ended();
    // Rows that were given in vain armed it again, and it would end another statement.
    watchdog.stop();
  }
}

function newLoad(
  connection: Connection,
  { table, columns }: { table: string; columns: readonly BulkColumn[] },
  done: (error: Error | undefined | null, count?: number) => void,
): BulkLoad {
  const load = connection.newBulkLoad(table, { keepNulls: true }, done);
  // The upload as a whole has no limit; the watchdog looks at its progress.
  load.setTimeout(0);
  // What is written into the load comes from here, not from an iterable of rows.
  load.streamingMode = true;
  for (const column of columns) {
    const { type, options } = bulkType(column);
    load.addColumn(column.name, type, options);
  }
  return load;
}

/**
 * Nobody takes rows any more, which the driver does not say to who gives them: the statement before
 * them was refused, the load was cancelled, or the connection is lost. A server that refuses rows
 * reads the rest of them.
 */
function isUnread({ connection, canceled }: BulkLoad): boolean {
  return canceled || connection?.socket?.destroyed !== false;
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

/** The load's own stream, which from now on takes rows that are encoded already. */
function takeBlocks(load: BulkLoad): RowSink {
  const sink = load.rowToPacketTransform;
  let begun = false;
  const pass = (block: Buffer, _encoding: string, done: () => void): void => {
    if (!begun) sink.push(load.getColMetaData());
    begun = true;
    sink.push(block);
    done();
  };
  return Object.assign(sink, { _transform: pass });
}

interface Feeding {
  readonly sink: RowSink;
  readonly rows: BulkRows;
  readonly watchdog: Watchdog;
}

/** Gives the load its rows; what goes wrong with their source ends the load. */
class Feed {
  sourceError: Error | undefined;
  #asks = false;
  readonly #gate: Gate;
  readonly #run: Promise<void>;

  constructor(
    private readonly to: Feeding,
    parts: AsyncIterable<readonly Row[]>,
  ) {
    this.#gate = new Gate(to.sink);
    this.#run = this.#feed(parts);
  }

  /**
   * Nothing is written any more. The source of a load that failed may be silent for ever: then it is
   * closed when it speaks, or by whom it belongs to.
   */
  async ended(): Promise<void> {
    if (!(this.#asks && this.#gate.closed)) await this.#run;
  }

  async #feed(parts: AsyncIterable<readonly Row[]>): Promise<void> {
    const { sink, rows, watchdog } = this.to;
    try {
      this.#asks = true;
      for await (const part of parts) {
        this.#asks = false;
        if (this.#gate.closed) return;
        for (const row of part) {
          rows.add(row);
          if (rows.held < BLOCK_BYTES) continue;
          watchdog.touch();
          if (!(await this.#gate.write(rows.take()))) return;
        }
        // Waiting for the source now; its silence is not the server's.
        watchdog.stop();
        this.#asks = true;
      }
      this.#asks = false;
      watchdog.touch();
      if (await this.#gate.write(rows.take())) sink.end();
    } catch (error) {
      this.sourceError =
        error instanceof Error ? error : new Error('The source of the rows broke.');
      sink.destroy(this.sourceError);
    }
  }
}

/** Gives one block after the other, each when the driver has taken the one before. */
class Gate {
  #wake: () => void = () => undefined;

  constructor(readonly sink: RowSink) {
    const wake = () => this.#wake();
    for (const event of ['error', 'close']) sink.on(event, wake);
  }

  get closed(): boolean {
    return this.sink.destroyed;
  }

  /** Whether all were taken; no more is taken after false. */
  async write(blocks: readonly Buffer[]): Promise<boolean> {
    for (const block of blocks) {
      if (this.closed) return false;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.sink.write(block, () => resolve());
      });
    }
    return !this.closed;
  }
}
