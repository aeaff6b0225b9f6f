import type { TableModel } from '../engines/contract/schema.js';
import type { FeedKind } from './feed-kind.js';

export type ResolvedMode = FeedKind | 'incremental' | 'full';

export interface ModeChoice {
  readonly mode: ResolvedMode;
  readonly reason: string;
}

/**
 * What `mode: auto` and `mode: smart` mean for a table; the others are taken at their word. Pure;
 * whether the source can serve the choice is for `check` to say.
 */
export function chooseMode(
  wanted: string,
  table: Pick<TableModel, 'key' | 'feeds'>,
  options: { readonly feeds: readonly FeedKind[]; readonly watermarkColumn: string | undefined },
): ModeChoice {
  switch (wanted) {
    case 'full':
      return { mode: 'full', reason: 'asked for' };
    case 'incremental':
      return { mode: 'incremental', reason: 'asked for' };
    case 'smart':
      return { mode: 'incremental', reason: 'asked for; in full whenever the target is empty' };
    case 'cdc':
    case 'changeTracking':
      return askedFor(wanted, options.feeds);
    default:
      return chooseBest(table, options.watermarkColumn);
  }
}

/** A kind of feed that this engine does not know means the one that it has. */
function askedFor(wanted: FeedKind, feeds: readonly FeedKind[]): ModeChoice {
  const mode = feeds.includes(wanted) ? wanted : (feeds[0] ?? wanted);
  return { mode, reason: mode === wanted ? 'asked for' : 'the one change feed of this source' };
}

const WHY_FEED: Readonly<Record<FeedKind, string>> = {
  cdc: "the source's log carries its changes",
  changeTracking: 'the source tracks which of its rows changed',
};

function chooseBest(
  table: Pick<TableModel, 'key' | 'feeds'>,
  watermarkColumn: string | undefined,
): ModeChoice {
  if (table.key === null) {
    return { mode: 'full', reason: 'it has no key by which a change could find its row' };
  }
  const [feed] = table.feeds;
  if (feed !== undefined) return { mode: feed, reason: WHY_FEED[feed] };
  return watermarkColumn === undefined
    ? { mode: 'full', reason: 'the source offers no change feed for it' }
    : { mode: 'incremental', reason: `its column ${watermarkColumn} grows` };
}
