import type { SourceDatabase } from '../engine.js';
import { drainRest } from './apply/drain.js';
import { fetchFrom } from '../contract/source-fetch.js';
import { stageTable } from './full-sync/stage-record.js';
import type { DrainInto } from './full-sync/target-context.js';
import { WIRES } from './full-sync/wire.js';

/**
 * Drain parked changes, with a way back to the source for the large values that a change left out.
 *
 * @param source is asked only for the rows that need it; null: there is no way back
 */
export function drainWith(source: () => Promise<SourceDatabase | null>): DrainInto {
  return async (session, stage, into, maxRows) => {
    const peer = await source();
    const upsert = into === 'stage';
    const table = upsert ? stageTable(stage) : stage.target;
    const options = peer === null ? {} : { fetchFromSource: fetchFrom(peer, WIRES) };
    return drainRest(session, stage, { table, upsert }, maxRows, options);
  };
}
