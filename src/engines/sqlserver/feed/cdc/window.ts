import { z } from 'zod';
import type { Position } from '../../../contract/feed.js';
import type { MsSession, Query } from '../../sql-session.js';
import { param } from '../../sql-session.js';
import { parseTime } from '../server-time.js';
import { toLsn, toPosition } from './lsn.js';
import type { PlannedRead } from './plan-reads.js';
import { busySql } from './sql/page-sql.js';
import { READ_MAX_LSN, READ_TRANSACTIONS } from './sql/state-sql.js';

/** A run of whole transactions. */
export interface Window {
  /** Commit times by position. */
  readonly times: ReadonlyMap<Position, Date>;
  /** Where reading may go on after it; at or behind its last transaction. */
  readonly to: Position;
}

const LSN_ROW = z.object({ lsn: z.instanceof(Buffer).nullable() });
const TRANSACTION_ROW = z.object({ lsn: z.instanceof(Buffer), ended: z.string() });
const PLACE_ROW = z.object({ place: z.number() });
/** Change tables that one statement looks at, so that its text stays short. */
const TABLES_PER_LOOK = 100;

/** How far capture has come; null while it has not seen anything. */
export async function readMaxLsn(query: Query): Promise<Position | null> {
  const [row] = await query(READ_MAX_LSN);
  const { lsn } = LSN_ROW.parse(row ?? { lsn: null });
  return lsn === null ? null : toPosition(lsn);
}

/** The next transactions after `from`, at most `most`; `max` is as far as capture has come. */
export async function readWindow(
  query: Query,
  from: Position,
  max: Position,
  most: number,
): Promise<Window> {
  const rows = await query(READ_TRANSACTIONS, [
    param.int('n', most),
    param.varbinary('from', toLsn(from)),
    param.varbinary('to', toLsn(max)),
  ]);
  const times = new Map<Position, Date>();
  let last = from;
  for (const row of rows) {
    const { lsn, ended } = TRANSACTION_ROW.parse(row);
    last = toPosition(lsn);
    times.set(last, parseTime(ended));
  }
  return { times, to: rows.length < most ? max : last };
}

/** The reads that have something to bring: most tables are idle in most windows. */
export async function busyReads(
  session: MsSession,
  reads: readonly PlannedRead[],
): Promise<PlannedRead[]> {
  const busy: PlannedRead[] = [];
  for (const { from, to, some } of sameStretches(reads)) {
    const sql = busySql(some.map((read) => read.instance.changeTable));
    const rows = await session.query(sql, [
      param.varbinary('from', toLsn(from)),
      param.varbinary('to', toLsn(to)),
    ]);
    const places = new Set(rows.map((row) => PLACE_ROW.parse(row).place));
    busy.push(...some.filter((_, place) => places.has(place)));
  }
  return busy;
}

function sameStretches(reads: readonly PlannedRead[]) {
  const groups = new Map<string, PlannedRead[]>();
  for (const read of reads) {
    const key = `${read.from} ${read.to}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [read]);
    else group.push(read);
  }
  return [...groups.values()].flatMap((group) => {
    const parts = [];
    for (let start = 0; start < group.length; start += TABLES_PER_LOOK) {
      const some = group.slice(start, start + TABLES_PER_LOOK);
      const [first] = some;
      if (first !== undefined) parts.push({ from: first.from, to: first.to, some });
    }
    return parts;
  });
}
