import type { SourceCare } from '../../contract/care.js';
import { loadOf, loadQueryLimitMs } from '../../contract/load-query.js';
import type { SqlSession } from '../sql-session.js';

/** The slowest replica: physical standbys and logical subscribers, Sluice's own slots left out. */
const REPLICATION_LAG = `
select (extract(epoch from max(coalesce(r.replay_lag, r.flush_lag, r.write_lag))) * 1000)
         ::double precision as ms
  from pg_stat_replication r
 where r.application_name not like 'sluice %'`;

/** @param statementTimeoutMs what the configuration allows a statement there; 0: no limit */
export function openSourceCare(session: SqlSession, statementTimeoutMs: number): SourceCare {
  const limitMs = loadQueryLimitMs(statementTimeoutMs);
  return {
    /** The query is the user's own; in a read-only transaction it changes nothing. */
    load: async (query) =>
      session.transaction(async (run) => {
        await run('set transaction read only');
        await run(`set local statement_timeout = ${String(limitMs)}`);
        const [row] = await run<Record<string, unknown>>(query);
        return loadOf(row);
      }),
    replicationLagMs: async () => {
      const [row] = await session.query<{ ms: number | null }>(REPLICATION_LAG);
      return row?.ms ?? null;
    },
  };
}
