import type { TableName } from '../../src/core/names.js';
import { engines } from '../../src/engines/registry.js';
import { connectionTo } from './connection.js';
import type { LaneJob } from './lane-process.js';

const PIPELINE = 'bench';
const TARGET = 'ours';
const LIMIT = { lockTimeoutMs: 5_000 };

export interface LanePlaces extends Pick<LaneJob, 'source' | 'sourceDb' | 'target' | 'targetDb'> {
  /** Holds the same rows on both sides. */
  readonly table: TableName;
}

/** A lane in the target's state that follows the table from now on. */
export async function prepareLane({ table, ...places }: LanePlaces): Promise<LaneJob> {
  const [from, to] = [engines[places.source.engine], engines[places.target.engine]];
  if (from === undefined || to === undefined) throw new Error('There is no such engine.');
  const own = { enableCdc: true };
  const options = { applicationName: 'sluice bench', own };
  const source = await from.openSource(connectionTo(places.source, places.sourceDb), options);
  const target = await to.openTarget(connectionTo(places.target, places.targetDb), {
    applicationName: options.applicationName,
  });
  try {
    const feed = { kind: 'cdc' as const, pipeline: PIPELINE, target: TARGET, mayCreate: true, own };
    const { state } = target;
    await state.migrate();
    const { laneId } = await state.lanes.ensure(PIPELINE, TARGET, 0);
    const { position } = await source.feed('cdc').prepare(feed);
    await source.feed('cdc').addTables(feed, [table]);
    const { lineage } = await source.identity();
    await state.lanes.setPosition(laneId, position, lineage);
    const slug = table.table;
    const spec = { slug, source: table, targetTable: table, mode: 'cdc', load: 'swap' };
    await state.tables.upsert(PIPELINE, TARGET, [{ ...spec, enabled: true, laneId }], '1');
    const row = await state.tables.find(PIPELINE, TARGET, slug);
    if (row === null) throw new Error('The table was not stored.');
    await state.tables.setPhase(row.tableId, 'streaming', 'bench');
    const flags = { applies: true, parks: false };
    await state.tables.setFlags(row.tableId, flags, LIMIT.lockTimeoutMs);
    return { ...places, laneId, pipeline: PIPELINE, targetName: TARGET };
  } finally {
    await Promise.all([source.close(), target.close()]);
  }
}
