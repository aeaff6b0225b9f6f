import { SluiceError } from '../../../core/errors.js';
import { sqlStateOf } from '../pg-errors.js';
import type { SqlSession } from '../sql-session.js';
import { READ_BARRIER, READ_OLDEST_TRANSACTION, TAKE_BARRIER } from './feed-sql.js';

const NOT_ON_STANDBY = '55000';

/**
 * Takes a transaction id and gives it up again; that writes no data, and a rollback waits for no
 * standby. Not possible on a standby: SluiceError FEED_NOT_ENABLED.
 */
export async function takeBarrier(session: SqlSession): Promise<string> {
  return session.run(async (query) => {
    await query('BEGIN');
    try {
      const rows = await query<{ barrier: string }>(TAKE_BARRIER);
      return rows[0]?.barrier ?? '';
    } catch (error) {
      throw sqlStateOf(error) === NOT_ON_STANDBY ? isStandby() : error;
    } finally {
      await query('ROLLBACK').catch(() => undefined);
    }
  });
}

/**
 * A commit is in the log before it is visible (a missing synchronous standby holds it there for
 * long); only a snapshot says that it is visible.
 */
export async function barrierPassed(
  session: SqlSession,
  barrier: string,
): Promise<{ passed: boolean; waitingFor: string | null }> {
  const rows = await session.query<{ passed: boolean }>(READ_BARRIER, [barrier]);
  if (rows[0]?.passed === true) return { passed: true, waitingFor: null };
  return { passed: false, waitingFor: await describeOldestTransaction(session) };
}

/** For people: who has been running for longest, or null when nobody could be named. */
export async function describeOldestTransaction(session: SqlSession): Promise<string | null> {
  const rows = await session.query<{
    who: string;
    wait_event: string | null;
    seconds: number | null;
  }>(READ_OLDEST_TRANSACTION);
  const [oldest] = rows;
  if (oldest === undefined) return null;
  const age = oldest.seconds === null ? '' : `, open for ${String(oldest.seconds)} s`;
  const waits =
    oldest.wait_event === 'SyncRep' ? ', its commit waits for a synchronous standby' : '';
  return `${oldest.who}${age}${waits}`;
}

function isStandby(): SluiceError {
  const message = 'The source is a standby: nobody there knows which transactions are running.';
  return new SluiceError('FEED_NOT_ENABLED', message, {
    remedy: 'Name the primary as the source.',
  });
}
