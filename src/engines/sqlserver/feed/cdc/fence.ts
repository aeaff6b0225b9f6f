import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { SluiceError } from '../../../../core/errors.js';
import type { Position } from '../../../contract/feed.js';
import type { MsSession, Query, SessionPool } from '../../sql-session.js';
import { param } from '../../sql-session.js';
import { unlessHidden } from '../../unless-hidden.js';
import { NO_LSN } from './lsn.js';
import {
  READ_CAPTURED_AGE,
  READ_CLOCK,
  READ_LAST_CAPTURED,
  READ_LAST_SCAN,
  READ_SCAN_LIMIT,
} from './sql/fence-sql.js';
import { readMaxLsn } from './window.js';

const CLOCK_ROW = z.object({ now: z.string() });
const SCAN_ROW = z.object({ passed: z.number(), ageSeconds: z.number().nullable() });
const LIMIT_ROW = z.object({ mostTransactions: z.number().nullable() });
const AGE_ROW = z.object({ ageSeconds: z.number().nullable() });
const CAPTURED_ROW = z.object({ passed: z.number() });

/** The default of sys.sp_cdc_add_job. */
const MOST_TRANSACTIONS = 500;
const LOOK_EVERY_MS = 250;
/** Without a look at the capture job an idle database tells only every five minutes. */
const GIVE_UP_AFTER_MS = 6 * 60_000;
/** A capture job that polls does so every 5 seconds by default. */
const FRESH_SECONDS = 60;
/** Every five minutes at the latest it notes that nothing happened; three of them did not come. */
const QUIET_SECONDS = 15 * 60;

/**
 * A position that everything a reader can see now lies before: the end of capture, read after the
 * capture job has been through the log once since now. What is behind it may still be missing.
 *
 * @throws SluiceError SERVER_BUSY when the capture job does not come
 */
export async function capturedUpToNow(pool: SessionPool): Promise<Position> {
  const since = await pool.use((session) => readClock(session.query));
  const until = Date.now() + GIVE_UP_AFTER_MS;
  while (Date.now() < until) {
    const position = await pool.use((session) => endIfPassed(session, since));
    if (position !== null) return position;
    await delay(LOOK_EVERY_MS);
  }
  throw notComing(`the log since ${since} (the server's time)`);
}

/**
 * The end of capture without waiting.
 *
 * @throws SluiceError SERVER_BUSY where the capture job is seen not to run: then it is no end
 */
export async function capturedSoFar(query: Query): Promise<Position> {
  const age = (await captureAge(query)) ?? 0;
  if (age > FRESH_SECONDS) throw notComing(`the log of the last ${String(age)} seconds`);
  return (await readMaxLsn(query)) ?? NO_LSN;
}

/**
 * Seconds since the capture job last finished a scan; null: cannot tell. Where its scans are not to
 * be seen, what it last wrote tells of one that has stopped, and of no other.
 */
export async function captureAge(query: Query): Promise<number | null> {
  const scan = await lastScan(query, await readClock(query));
  if (scan !== 'hidden') return scan?.ageSeconds ?? null;
  const [row] = await query(READ_CAPTURED_AGE);
  const { ageSeconds } = AGE_ROW.parse(row);
  return ageSeconds !== null && ageSeconds > QUIET_SECONDS ? ageSeconds : null;
}

/** First whether capture has passed, then how far it is: the other way round would miss some. */
async function endIfPassed(session: MsSession, since: string): Promise<Position | null> {
  const { query } = session;
  const scan = await lastScan(query, since);
  const passed = scan === 'hidden' ? await laterCaptured(query, since) : scan?.passed === 1;
  return passed ? ((await readMaxLsn(query)) ?? NO_LSN) : null;
}

async function readClock(query: Query): Promise<string> {
  const [row] = await query(READ_CLOCK);
  return CLOCK_ROW.parse(row).now;
}

async function laterCaptured(query: Query, since: string): Promise<boolean> {
  const [row] = await query(READ_LAST_CAPTURED, [param.nvarchar('since', since)]);
  return CAPTURED_ROW.parse(row).passed === 1;
}

type Scan = z.infer<typeof SCAN_ROW>;

/** Null: no scan was ever finished. */
async function lastScan(query: Query, since: string): Promise<Scan | null | 'hidden'> {
  const params = [
    param.nvarchar('since', since),
    param.int('mostTransactions', await scanLimit(query)),
  ];
  const rows = await unlessHidden(() => query(READ_LAST_SCAN, params));
  if (rows === null) return 'hidden';
  return rows[0] === undefined ? null : SCAN_ROW.parse(rows[0]);
}

async function scanLimit(query: Query): Promise<number> {
  const limit = await unlessHidden(async () => {
    const [row] = await query(READ_SCAN_LIMIT);
    return LIMIT_ROW.parse(row).mostTransactions;
  });
  return limit ?? MOST_TRANSACTIONS;
}

function notComing(what: string): SluiceError {
  return new SluiceError('SERVER_BUSY', `The capture job of the source has not read ${what}.`, {
    remedy: 'Look whether SQL Server Agent and the job cdc.<database>_capture run.',
  });
}
