import { z } from 'zod';
import { SluiceError } from '../../../core/errors.js';
import type { SourceCare } from '../../contract/care.js';
import { loadOf, loadQueryLimitMs, notANumber } from '../../contract/load-query.js';
import { readRows } from '../catalog/read-rows.js';
import type { MsSession, Query, Row, SessionPool } from '../sql-session.js';
import { unlessHidden } from '../unless-hidden.js';
import { REPLICATION_LAG } from './sql/replication-lag.js';

const lagRow = z.object({ ms: z.union([z.string(), z.number()]).nullable() });

/** @param statementTimeoutMs what the configuration allows a statement there; 0: no limit */
export function openSourceCare(pool: SessionPool, statementTimeoutMs: number): SourceCare {
  const limitMs = loadQueryLimitMs(statementTimeoutMs);
  return {
    /**
     * The query is the user's own. There is no read-only transaction here: what it might write is
     * rolled back with the transaction that is thrown out of.
     */
    load: async (query) =>
      pool.use(async (session) => {
        const answer = new Answer();
        try {
          await session.transaction(async (run) => {
            answer.value = loadOf(await firstRow(run, query, { session, limitMs }));
            throw answer;
          });
        } catch (thrown) {
          if (thrown !== answer) throw thrown;
        }
        return answer.value;
      }),
    replicationLagMs: async () =>
      pool.use(async ({ query }) => {
        // Without VIEW SERVER STATE nobody may see the replicas.
        const rows = await unlessHidden(async () => readRows(query, REPLICATION_LAG, lagRow));
        const ms = rows?.[0]?.ms ?? null;
        return ms === null ? null : Number(ms);
      }),
  };
}

/** Carries the number out of the transaction that must not commit. */
class Answer extends Error {
  value: number | null = null;
}

/** The session's own limit is for all statements; this one has to answer sooner. */
async function firstRow(
  run: Query,
  sql: string,
  { session, limitMs }: { session: MsSession; limitMs: number },
): Promise<Row | undefined> {
  const timer = setTimeout(() => session.cancel(), limitMs).unref();
  try {
    const [row] = await run(sql);
    return row;
  } catch (error) {
    // A decimal, which the driver would round.
    const unreadable = error instanceof SluiceError && error.code === 'TYPE_UNSUPPORTED';
    throw unreadable ? notANumber(error) : error;
  } finally {
    clearTimeout(timer);
  }
}
