/**
 * Tables that the source offers by itself: their owners have switched on what following them takes,
 * and no pattern of the configuration names them. They show up in the state, paused, until a person
 * or the configuration asks for them.
 */
import { isEnabledBySettings } from '../config/effective-table.js';
import { parseTableGlob } from '../config/table-glob.js';
import { formatTableName } from '../config/table-name.js';
import type { Discover, EngineConfig } from '../config/engine-config.js';
import { sameTable, type TableName } from '../core/names.js';
import { engineConfigs } from '../engines/registry.js';
import { DISCOVERY } from '../core/discovery.js';
import type { TableRow } from '../state/store.js';
import type { PipelineSession } from './pipeline-session.js';

/** What the configuration wants to become of them. */
export function discoverOf(session: PipelineSession): Discover {
  const engine = session.sourceEngine().name;
  const found = Object.entries<EngineConfig>(engineConfigs).find(([name]) => name === engine);
  return found?.[1].discover?.({ ...session.config.source }) ?? 'off';
}

/** Offered tables, but for those that an include or exclude pattern decides about. */
export async function offeredTables(session: PipelineSession): Promise<readonly TableName[]> {
  if (discoverOf(session) === 'off') return [];
  const { include, exclude } = session.config.tables;
  const decided = [...include, ...exclude].map(parseTableGlob).filter((glob) => glob !== undefined);
  const source = await session.source();
  const offered = (await source.offeredTables?.()) ?? [];
  return offered.filter((name) => !decided.some((glob) => glob.matches(name)));
}

/** The configuration asks for all that is offered, or in its settings for this table. */
export function isAskedByConfig(session: PipelineSession, table: TableName): boolean {
  return discoverOf(session) === 'enabled' || isEnabledBySettings(session.config, table);
}

/** A person has asked for it: by a command, or by one UPDATE of `wanted` or `enabled`. */
export function isAskedByPerson(row: TableRow): boolean {
  return row.discovered && row.wanted !== 'detach' && (row.wanted === 'run' || row.enabled);
}

/** Offered tables that are to be shown on a target: what it has by name stays what it is. */
export function toDiscover(
  offered: readonly TableName[],
  rows: readonly TableRow[],
): readonly TableName[] {
  return offered.filter((name) => {
    const row = rows.find((one) => sameTable(one.source, name));
    return row === undefined || row.discovered;
  });
}

/** Why a target's discovered tables are not as they should be; null when they are. */
export function whyDiscoveredDiffer(
  session: PipelineSession,
  target: string,
  offered: readonly TableName[],
  rows: readonly TableRow[],
): string | null {
  const asked = rows.find((row) => hasToBegin(session, target, row));
  if (asked !== undefined) return `${formatTableName(asked.source)} was asked for on ${target}`;
  const fresh = toDiscover(offered, rows).filter(
    (name) => !rows.some((row) => sameTable(row.source, name) && row.wanted !== 'detach'),
  );
  const [first, ...others] = fresh;
  if (first !== undefined) {
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    return `${formatTableName(first)}${more} discovered for ${target}`;
  }
  const gone = rows.find(
    (row) => isWaiting(row) && !offered.some((name) => sameTable(row.source, name)),
  );
  return gone === undefined ? null : `${formatTableName(gone.source)} is not offered any more`;
}

/** Nobody has asked for it yet. */
export function isWaiting(row: TableRow): boolean {
  return row.discovered && row.wanted === 'pause' && !row.enabled;
}

function hasToBegin(session: PipelineSession, target: string, row: TableRow): boolean {
  if (!row.discovered || row.wanted === 'detach') return false;
  if (!session.settings(target, row.source).active) return false;
  const released = row.wanted === 'run' || row.wantedBy !== DISCOVERY;
  return row.enabled ? !released : row.wanted === 'run';
}
