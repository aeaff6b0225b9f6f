import type { SourceCare } from '../../contract/care.js';
import type { SqlSession } from '../sql-session.js';

/** The slowest replica: physical standbys and logical subscribers, Sluice's own slots left out. */
const REPLICATION_LAG = `
select (extract(epoch from max(coalesce(r.replay_lag, r.flush_lag, r.write_lag))) * 1000)
         ::double precision as ms
  from pg_stat_replication r
 where r.application_name not like 'sluice %'`;

const LONGEST_MS = 10_000;

export function openSourceCare(session: SqlSession): SourceCare {
  return {
    /** The query is the user's own; in a read-only transaction it changes nothing. */
    load: async (query) =>
      session.transaction(async (run) => {
        await run('set transaction read only');
        await run(`set local statement_timeout = ${String(LONGEST_MS)}`);
        const [row] = await run<Record<string, unknown>>(query);
        return toNumber(row === undefined ? null : Object.values(row)[0]);
      }),
    replicationLagMs: async () => {
      const [row] = await session.query<{ ms: number | null }>(REPLICATION_LAG);
      return row?.ms ?? null;
    },
  };
}

function toNumber(value: unknown): number | null {
  const number = typeof value === 'string' || typeof value === 'number' ? Number(value) : NaN;
  return Number.isFinite(number) ? number : null;
}
