/**
 * Two locks of the source's database that concern only Sluice; each needs no right but to be there
 * (sp_getapplock: "membership in the public role") and ends with its session at the latest
 * (test/conformance/sqlserver/locks: "sp_getapplock answers 0 when granted").
 *
 * Who changes the marks of feeds, or makes or drops what they say, takes turns. Who reads and may leave no
 * mark holds the other one, shared, for as long as it reads. On a secondary it is seen there only.
 */
import { z } from 'zod';
import { SluiceError, toSluiceError } from '../../../../core/errors.js';
import { param } from '../../param.js';
import type { MsSession } from '../../sql-session.js';
import { releaseLockSql, TAKE_LOCK } from './sql/readers-sql.js';

const MARKS = 'sluice cdc marks';
const READING = 'sluice cdc reading';
/** Dropping the instances of hundreds of tables takes a while. */
const TURN_MS = 120_000;
const SHOW_MS = 5_000;

const ROW = z.object({ got: z.number() });

/** @throws SluiceError LOCK_TIMEOUT */
export async function inTurn<T>(session: MsSession, work: () => Promise<T>): Promise<T> {
  if (!(await take(session, MARKS, 'Exclusive', TURN_MS))) {
    const message = `Another worker still changes what Sluice has on ${session.subject}.`;
    throw new SluiceError('LOCK_TIMEOUT', message);
  }
  return holding(session, MARKS, work);
}

/**
 * For the life of the session. Where a server knows no such lock, the reader is not seen.
 *
 * @throws SluiceError LOCK_TIMEOUT while somebody drops what it would read
 */
export async function showReading(session: MsSession): Promise<void> {
  try {
    if (await take(session, READING, 'Shared', SHOW_MS)) return;
    const message = `Another worker drops what Sluice has on ${session.subject} just now.`;
    throw new SluiceError('LOCK_TIMEOUT', message);
  } catch (thrown) {
    if (toSluiceError(thrown).kind !== 'permanent') throw thrown;
  }
}

/** Null, and nothing is done, while somebody reads who may leave no mark. */
export async function unlessRead<T>(session: MsSession, work: () => Promise<T>): Promise<T | null> {
  if (!(await take(session, READING, 'Exclusive', 0))) return null;
  return holding(session, READING, work);
}

async function take(
  session: MsSession,
  resource: string,
  mode: 'Shared' | 'Exclusive',
  timeoutMs: number,
): Promise<boolean> {
  const [row] = await session.query(TAKE_LOCK, [
    param.nvarchar('resource', resource),
    param.nvarchar('mode', mode),
    param.int('timeout', timeoutMs),
  ]);
  return ROW.parse(row).got >= 0;
}

async function holding<T>(
  session: MsSession,
  resource: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } finally {
    // A session that is lost, or that a failure has spoiled, ends, and its locks with it.
    await session.batch(releaseLockSql(resource)).catch(() => session.close());
  }
}
