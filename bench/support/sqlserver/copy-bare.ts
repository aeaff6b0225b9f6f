/**
 * The reference of the copy: the driver's rows, piped as texts into the driver's bulk load of
 * nvarchar columns, and one statement that casts them into the table.
 */
import { Readable } from 'node:stream';
import { Request, TYPES as DRIVER_TYPES } from 'tedious';
import type { Connection } from 'tedious';
import { measureHere } from '../measured.js';
import { copyJob } from './copy-job.js';
import { batch, connectBare } from './driver.js';
import { COLUMNS, TYPES } from './table.js';

const STAGED_LENGTH = 200;
const ROWS_AHEAD = 512;

interface Cell {
  readonly value: unknown;
}

measureHere(async (given) => {
  const job = copyJob.parse(given);
  const reader = await connectBare(job.server, job.sourceDb);
  const writer = await connectBare(job.server, job.targetDb);
  return async () => {
    const staged = COLUMNS.map((name) => `${name} nvarchar(${String(STAGED_LENGTH)}) NULL`);
    await batch(writer, `CREATE TABLE #staged (${staged.join(', ')})`);
    const loaded = await load(writer, readRows(reader));
    if (loaded !== job.rows) throw new Error('The reference did not copy every row.');
    const casts = COLUMNS.map((name, n) => `CONVERT(${TYPES[n] ?? ''}, ${name})`);
    await batch(
      writer,
      `INSERT INTO dbo.items (${COLUMNS.join(', ')}) SELECT ${casts.join(', ')} FROM #staged`,
    );
    reader.close();
    writer.close();
  };
});

function readRows(connection: Connection): Readable {
  const request = new Request(`SELECT ${COLUMNS.join(', ')} FROM dbo.items`, (error) => {
    if (error) rows.destroy(error);
    else rows.push(null);
  });
  const rows = new Readable({
    objectMode: true,
    highWaterMark: ROWS_AHEAD,
    read: () => request.resume(),
  });
  request.on('row', (cells: readonly Cell[]) => {
    if (!rows.push(cells.map(({ value }) => textOf(value)))) request.pause();
  });
  connection.execSql(request);
  return rows;
}

/** A null and a text stay what they are. */
function textOf(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString().slice(0, -1);
  if (typeof value === 'boolean') return value ? '1' : '0';
  return typeof value === 'number' ? String(value) : value;
}

async function load(connection: Connection, rows: Readable): Promise<number> {
  return new Promise<number>((resolve, reject) => {
    const bulk = connection.newBulkLoad('#staged', (error, count) => {
      if (error) reject(error);
      else resolve(count ?? 0);
    });
    bulk.setTimeout(0);
    for (const name of COLUMNS) {
      bulk.addColumn(name, DRIVER_TYPES.NVarChar, { length: STAGED_LENGTH, nullable: true });
    }
    connection.execBulkLoad(bulk, rows as AsyncIterable<unknown[]>);
  });
}
