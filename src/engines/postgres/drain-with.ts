import type { StageRef } from '../contract/full-sync.js';
import { drainRest } from './apply/drain.js';
import { fetchOn, type FetchFromSource } from './apply/source-fetch.js';
import type { DrainInto } from './full-sync/target-context.js';
import type { PostgresSource } from './source.js';

/**
 * Drain parked changes, with a way back to the source for the large values that a change left out.
 * The source's session is taken only for the rows that need it.
 */
export function drainWith(source: () => Promise<PostgresSource | null>): DrainInto {
  return async (client, stage, into, maxRows) => {
    const peer = await source();
    const table = into === 'stage' ? stageTable(stage) : stage.target;
    const options = peer === null ? {} : { fetchFromSource: fetchFrom(peer) };
    return drainRest(client, stage, { table, upsert: into === 'stage' }, maxRows, options);
  };
}

function fetchFrom(peer: PostgresSource): FetchFromSource {
  return (shape, keys) => peer.pool.use((session) => fetchOn(session)(shape, keys));
}

/** The stage has the target's own name in a schema of its own. */
function stageTable(stage: StageRef): { schema: string; table: string } {
  return { schema: `sluice_stage_${stage.tableId}`, table: stage.target.table };
}
