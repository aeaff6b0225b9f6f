import { z } from 'zod';
import type { SourceCare } from '../../contract/care.js';
import { readRows } from '../catalog/read-rows.js';
import type { SessionPool } from '../sql-session.js';
import { unlessHidden } from '../unless-hidden.js';
import { REPLICATION_LAG } from './sql/replication-lag.js';

const lagRow = z.object({ ms: z.union([z.string(), z.number()]).nullable() });

export function openSourceCare(pool: SessionPool): SourceCare {
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
            const [row] = await run(query);
            answer.value = toNumber(row === undefined ? null : Object.values(row)[0]);
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

function toNumber(value: unknown): number | null {
  const number = typeof value === 'string' || typeof value === 'number' ? Number(value) : NaN;
  return Number.isFinite(number) ? number : null;
}
