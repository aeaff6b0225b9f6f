import type { DrainOptions } from './apply/drain.js';
import { drainRest } from './apply/drain.js';
import { fetchOn } from './apply/source-fetch.js';
import { stageTable } from './full-sync/stage-record.js';
import type { DrainInto } from './full-sync/target-context.js';
import type { SessionPool } from './sql-session.js';

/**
 * Drain parked changes, with a way back to the source for the large values that a change left out.
 * The source's session is taken only for the rows that need it.
 *
 * @param source readers of a SQL Server source; null when the source is of another kind
 */
export function drainWith(source: () => Promise<SessionPool | null>): DrainInto {
  return async (session, stage, into, maxRows) => {
    const readers = await source();
    const upsert = into === 'stage';
    const table = upsert ? stageTable(stage) : stage.target;
    const options = readers === null ? {} : fetchingFrom(readers);
    return drainRest(session, stage, { table, upsert }, maxRows, options);
  };
}

function fetchingFrom(readers: SessionPool): DrainOptions {
  return {
    fetchFromSource: async (request) => readers.use(async (reader) => fetchOn(reader)(request)),
  };
}
