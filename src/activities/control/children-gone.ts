import { matchTables } from '../../config/table-glob.js';
import { formatTableName } from '../../config/table-name.js';
import type { TableName } from '../../core/names.js';
import { isAskedByConfig, offeredTables, whyDiscoveredDiffer } from '../../session/discovered.js';
import { lanesInUse, readLanes } from '../../session/lane-state.js';
import type { PipelineSession } from '../../session/pipeline-session.js';
import type { TableRow } from '../../state/store.js';
import type { SluiceClient } from '../../client.js';

/** Nobody starts these again: their tables have left. */
const ENDED = new Set(['detached', 'removed']);

/**
 * Why the pipeline has to reconcile although nobody told it anything: the workflow of a lane or a
 * table does not run. Null when all is in order.
 * Asked here and not by the workflow, so that looking leaves no event in any history.
 */
export async function whyToReconcile(
  client: Pick<SluiceClient, 'laneState' | 'tableState'>,
  session: PipelineSession,
  targets: readonly string[],
): Promise<string | null> {
  for (const target of targets) {
    const { state } = await session.target(target);
    const read = await readLanes(state, session.pipeline, target);
    for (const lane of lanesInUse(read)) {
      if ((await client.laneState(lane)).running) continue;
      return `the lane ${String(lane.n)} of ${target} does not run`;
    }
    for (const row of read.rows.filter(({ phase }) => !ENDED.has(phase))) {
      if (!(await client.tableState(row)).running) return `${row.slug} has no workflow`;
    }
  }
  return null;
}

/** The source's tables as the configuration sees them. */
export interface WantedTables {
  /** Those that the patterns mean. */
  readonly included: ReadonlySet<string>;
  /** Those that the source offers beside them. */
  readonly offered: readonly TableName[];
}

/**
 * The source's tables that the patterns mean are no longer those that are followed, or those that it
 * offers are not those that are shown: a new table is to be seen within seconds, so this asks for
 * names alone.
 */
export async function whyTablesDiffer(
  session: PipelineSession,
  target: string,
  { included, offered }: WantedTables,
): Promise<string | null> {
  const rows = await rowsOf(session, target);
  const known = names(rows.filter((row) => row.wanted !== 'detach').map((row) => row.source));
  const fresh = [...included].find((name) => !known.has(name));
  if (fresh !== undefined) return `${fresh} is new to ${target}`;
  const asleep = names(rows.filter((row) => row.discovered).map((row) => row.source));
  const released = [...included].find((name) => asleep.has(name));
  if (released !== undefined) return `${released} is named by the configuration now`;
  // Without any table left there is nothing to agree on; each of them says what it misses.
  const named = [...known].filter((name) => !asleep.has(name));
  const gone = included.size === 0 ? undefined : named.find((name) => !included.has(name));
  if (gone !== undefined) return `${gone} is gone, and ${target} has it`;
  return whyDiscoveredDiffer(session, target, offered, rows);
}

export async function wantedTables(session: PipelineSession): Promise<WantedTables> {
  const { include, exclude } = session.config.tables;
  const offered = await offeredTables(session);
  const asked = offered.filter((name) => isAskedByConfig(session, name));
  const matched = matchTables(include, exclude, [...(await sourceNames(session))]);
  return {
    included: new Set([...matched, ...names(asked)]),
    offered: offered.filter((name) => !asked.includes(name)),
  };
}

async function sourceNames(session: PipelineSession): Promise<ReadonlySet<string>> {
  const source = await session.source();
  return names((await source.tableNames?.()) ?? (await session.models()).map(({ name }) => name));
}

function names(tables: readonly TableName[]): ReadonlySet<string> {
  return new Set(tables.map(formatTableName));
}

async function rowsOf(session: PipelineSession, target: string): Promise<readonly TableRow[]> {
  const database = await session.target(target);
  const rows = await database.state.tables.list(session.pipeline);
  return rows.filter((row) => row.target === target);
}
