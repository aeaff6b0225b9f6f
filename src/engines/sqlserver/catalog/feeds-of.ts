import type { FeedKind } from '../../../core/feed-kind.js';
import type { MsTable } from './model.js';
import { isTrackable, tableKey } from './table-key.js';

/** What the configuration allows to be switched on. */
export interface MayEnable {
  readonly cdc: boolean;
  readonly changeTracking: boolean;
  /** Users may SWITCH partitions of tables that Sluice puts under CDC. Default: they may. */
  readonly partitionSwitch?: boolean;
}

/**
 * The feeds that carry a table's changes, or would once switched on: one that is on before one that
 * is not, and Change Data Capture first, which knows every change and not just the last state.
 */
export function feedsOf(table: MsTable, may: MayEnable): FeedKind[] {
  const { traits } = table.parts;
  if (noFeedReason(table) !== null || tableKey(table) === null) return [];
  const trackable = isTrackable(table);
  const all: readonly { kind: FeedKind; on: boolean; possible: boolean }[] = [
    { kind: 'cdc', on: traits.cdc, possible: may.cdc },
    {
      kind: 'changeTracking',
      on: trackable && traits.changeTracking,
      possible: trackable && may.changeTracking,
    },
  ];
  return [...all.filter(({ on }) => on), ...all.filter(({ on, possible }) => !on && possible)].map(
    ({ kind }) => kind,
  );
}

/** Why neither feed can be switched on for a table of its kind; null where one can. */
export function noFeedReason(table: MsTable): string | null {
  const { traits } = table.parts;
  if (traits.memoryOptimized) return 'it is memory-optimised';
  if (traits.temporal === 'history') return 'it is the history of a temporal table';
  if (table.storage?.kind === 'clustered columnstore') return 'it is a clustered columnstore';
  return null;
}
