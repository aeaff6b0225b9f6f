import { z } from 'zod';
import { SluiceError } from '../../../core/errors.js';
import type { Query, SqlSession } from '../sql-session.js';

/** So often in a row nobody changes what is read between two queries. */
const MOST_READINGS = 5;

/**
 * Several queries of the catalogue under one snapshot. PostgreSQL prints most definitions as they are
 * now: of what was dropped or renamed since the snapshot it says nothing, something that fits nothing
 * else, or fails. Then everything is read again, as it is after the change.
 */
export async function atOneMoment<T>(
  session: SqlSession,
  read: (query: Query) => Promise<T>,
): Promise<T> {
  for (let reading = 1; ; reading += 1) {
    try {
      return await session.transaction(async (query) => {
        await query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
        return read(query);
      });
    } catch (thrown) {
      if (reading === MOST_READINGS || !fitsNothing(thrown)) throw thrown;
    }
  }
}

function fitsNothing(thrown: unknown): boolean {
  if (thrown instanceof z.ZodError) return true;
  return thrown instanceof SluiceError && thrown.code === 'UNEXPECTED';
}
