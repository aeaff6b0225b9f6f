import type { MsSession } from '../../sql-session.js';
import { param } from '../../sql-session.js';
import type { Captured } from './captured.js';
import { toLsn, toPosition } from './lsn.js';
import type { Stretch } from './plan-reads.js';
import type { RowPlace } from './row-place.js';
import { endOf } from './row-place.js';
import { PageSize } from './page-size.js';
import { pageSql } from './sql/page-sql.js';
import type { CapturedRow } from './to-changes.js';

/** Columns of a page before those that travel. */
const FIXED_COLUMNS = 5;

/**
 * Rows of one change table in a stretch, page by page: between two pages no statement is open, so
 * that several tables can be read in turns on one session, and a huge transaction needs no memory.
 */
export async function* instanceRows(
  session: MsSession,
  captured: Captured,
  stretch: Stretch,
): AsyncGenerator<CapturedRow, void, undefined> {
  const sql = pageSql(captured.page);
  const size = new PageSize();
  let place: RowPlace = endOf(stretch.from);
  for (;;) {
    const wanted = size.rows;
    const rows = await readPage(session, sql, { place, to: stretch.to, rows: wanted });
    size.read(rows.map(bytesOf));
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < wanted) return;
    place = last;
  }
}

interface Page {
  readonly place: RowPlace;
  readonly to: string;
  readonly rows: number;
}

async function readPage(session: MsSession, sql: string, page: Page): Promise<CapturedRow[]> {
  const { place } = page;
  const rows: CapturedRow[] = [];
  const params = [
    param.int('page', page.rows),
    param.varbinary('lsn', toLsn(place.lsn)),
    param.int('command', place.command),
    param.varbinary('sequence', Buffer.from(place.sequence, 'hex')),
    param.int('operation', place.operation),
    param.varbinary('to', toLsn(page.to)),
  ];
  for await (const part of session.streamParts(sql, params)) {
    for (const row of part) rows.push(toRow(row));
  }
  return rows;
}

function toRow(row: readonly unknown[]): CapturedRow {
  const [lsn, command, sequence, operation, mask] = row;
  if (!Buffer.isBuffer(lsn) || !Buffer.isBuffer(sequence)) {
    throw new TypeError('A row of a change table has no place.');
  }
  return {
    lsn: toPosition(lsn),
    command: Number(command),
    sequence: sequence.toString('hex'),
    operation: Number(operation),
    mask: Buffer.isBuffer(mask) ? mask : null,
    values: row.slice(FIXED_COLUMNS),
  };
}

function bytesOf(row: CapturedRow): number {
  let bytes = 0;
  for (const value of row.values) {
    if (Buffer.isBuffer(value)) bytes += value.length;
    else if (typeof value === 'string') bytes += value.length * 2;
    else bytes += 8;
  }
  return bytes;
}
