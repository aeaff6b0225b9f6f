import type { BulkLoad, Connection } from 'tedious';
import { bulkType } from './driver-values.js';
import type { BulkColumn } from './sql-session.js';
import { Watchdog } from './watchdog.js';

/**
 * Stream rows into a table. NULLs stay NULL whatever the column's default, triggers and checks of
 * the table are left out. An error of the source of the rows is the error of the load.
 *
 * @param idleMs how long the server may take nothing while rows are at hand; 0: no limit
 */
export async function bulkLoad(
  connection: Connection,
  how: { table: string; columns: readonly BulkColumn[]; idleMs: number },
  rows: AsyncIterable<readonly unknown[]>,
): Promise<number> {
  let sourceError: unknown;
  let load: BulkLoad | undefined;
  const watchdog = new Watchdog(how.idleMs, () => load?.cancel());
  const watched = watch(rows, watchdog, (error) => (sourceError = error));
  try {
    return await new Promise<number>((resolve, reject) => {
      const made = connection.newBulkLoad(how.table, { keepNulls: true }, (error, count) => {
        if (error) reject(sourceError instanceof Error ? sourceError : error);
        else resolve(count ?? 0);
      });
      load = made;
      // The upload as a whole has no limit; the watchdog looks at its progress.
      made.setTimeout(0);
      for (const column of how.columns) {
        const { type, options } = bulkType(column);
        made.addColumn(column.name, type, options);
      }
      connection.execBulkLoad(made, watched);
    });
  } finally {
    watchdog.stop();
    // A load that failed at once never asked for a row: its source has to be let go.
    await watched.return();
  }
}

async function* watch(
  rows: AsyncIterable<readonly unknown[]>,
  watchdog: Watchdog,
  onError: (error: unknown) => void,
): AsyncGenerator<unknown[], void, undefined> {
  try {
    for await (const row of rows) {
      watchdog.touch();
      yield row as unknown[];
      // Waiting for the source now; its silence is not the server's.
      watchdog.stop();
    }
    watchdog.touch();
  } catch (error) {
    onError(error);
    throw error;
  }
}
