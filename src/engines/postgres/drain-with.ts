import { BINARY_FORMAT, isWhole, TEXT_FORMAT } from '../../core/cell.js';
import type { Shape } from '../../core/change.js';
import { parseNeutral } from '../../core/neutral-type.js';
import { NEUTRAL_WIRE } from '../../core/neutral-wire.js';
import type { StageRef } from '../contract/full-sync.js';
import { fetchFrom, valuesUnknown } from '../contract/source-fetch.js';
import type { SourceDatabase } from '../engine.js';
import { drainRest } from './apply/drain.js';
import { fetchOn, type FetchFromSource } from './apply/source-fetch.js';
import { NOT_TOLD_YET, NOTHING_SEEN } from './apply/stage-writers.js';
import type { DrainInto, LogEnd } from './full-sync/target-context.js';
import { PostgresSource } from './source.js';

/**
 * Drain parked changes, with a way back to the source for the large values that a change left out.
 * The source's session is taken only for the rows that need it.
 */
export function drainWith(source: () => Promise<SourceDatabase | null>): DrainInto {
  return async (client, stage, into, maxRows) => {
    const peer = await source();
    const table = into === 'stage' ? stageTable(stage) : stage.target;
    const options = peer === null ? {} : { fetchFromSource: fetchOf(peer) };
    return drainRest(client, stage, { table, upsert: into === 'stage' }, maxRows, options);
  };
}

function fetchOf(peer: SourceDatabase): FetchFromSource {
  if (!(peer instanceof PostgresSource)) return fetchAcross(peer);
  return (shape, keys) => peer.pool.use((session) => fetchOn(session)(shape, keys));
}

/**
 * Where the log of a source of another engine ends: rows that were fetched have seen what lies before.
 * Only a log leaves out values. May wait until the log has been read so far.
 */
export function logEndOf(source: () => Promise<Pick<SourceDatabase, 'fullSync'> | null>): LogEnd {
  return async () => (await (await source())?.fullSync.copiedUpTo('cdc')) ?? NOTHING_SEEN;
}

/**
 * Rows of another engine, in the formats that its changes have. What they may have seen is told later:
 * its log may be far behind, and this is asked for inside a transaction of the target.
 *
 * @throws SluiceError FEED_GAP where the source cannot be asked for all values of a row
 */
export function fetchAcross(
  peer: Pick<SourceDatabase, 'listTables' | 'fullSync'>,
): FetchFromSource {
  const fetch = fetchFrom(peer, [NEUTRAL_WIRE]);
  return async (shape, keys) => {
    const own = shape.columns.filter(({ key }) => key).map(({ name }) => name);
    const { answers, seen } = await fetch(shape, keys, own);
    const formats = neutralFormats(shape);
    const rows = answers.map((answer) => {
      if (answer === 'none') return null;
      if (answer === 'unknown' || !isWhole(answer)) throw valuesUnknown(shape.table);
      return { cells: answer.cells, formats };
    });
    const later = rows.every((row) => row === null) ? NOTHING_SEEN : NOT_TOLD_YET;
    return { rows, seen: seen ?? later };
  };
}

/** Of a change that was parked, cells that it left out have no format of their own. */
function neutralFormats({ columns }: Shape): Uint8Array {
  return Uint8Array.from(columns, ({ type }) =>
    parseNeutral(type).kind === 'binary' ? BINARY_FORMAT : TEXT_FORMAT,
  );
}

/** The stage has the target's own name in a schema of its own. */
function stageTable(stage: StageRef): { schema: string; table: string } {
  return { schema: `sluice_stage_${stage.tableId}`, table: stage.target.table };
}
