import type { IdleRules } from '../session-places.js';
import { LazyPool } from '../session-pool.js';
import type { MsSession, SessionPool } from './sql-session.js';

/**
 * @param max sessions open at the same time, at least 1; further users wait their turn. A session
 * whose work threw is closed, never used again: nobody can know what state it is in. Others are
 * reset before the next use, so that nothing of one borrower reaches another.
 * @param idle default: a session stays until the pool is closed
 */
export function openSessionPool(
  open: () => Promise<MsSession>,
  max: number,
  idle: IdleRules | null = null,
): SessionPool {
  const end = async (session: MsSession) => session.close();
  const kind = { open, renew, answers, interrupt, giveBack: end, end };
  const pool = new LazyPool<MsSession>(kind, max, idle);
  return {
    take: async () => {
      const session = await pool.acquire();
      return { session, release: async (broken) => pool.release(session, broken) };
    },
    use: async (work) => {
      const session = await pool.acquire();
      let worked = false;
      try {
        const result = await work(session);
        worked = true;
        return result;
      } finally {
        await pool.release(session, !worked || !session.isOpen());
      }
    },
    interrupt: async () => pool.interrupt(),
    close: async () => pool.close(),
  };
}

function interrupt(session: MsSession): Promise<void> {
  session.cancel();
  return Promise.resolve();
}

async function renew(session: MsSession): Promise<boolean> {
  if (!session.isOpen()) return false;
  return session.reset().then(
    () => true,
    () => false,
  );
}

async function answers(session: MsSession): Promise<boolean> {
  if (!session.isOpen()) return false;
  return session.query('SELECT 1 AS alive').then(
    () => true,
    () => false,
  );
}
