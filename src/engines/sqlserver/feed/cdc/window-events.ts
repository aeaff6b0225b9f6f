import type { FeedEvent, Position } from '../../../contract/feed.js';
import { EventPart } from '../event-part.js';
import type { WindowParts } from '../parts-ahead.js';
import type { PlacedChange } from './to-changes.js';
import type { Window } from './window.js';

/** What was lost behind a position of what is being read, as far as it is known by now. */
export type LossCheck = (told: Position) => Promise<readonly FeedEvent[]>;

/**
 * The events of a window out of its changes in commit order: each transaction's changes, then its
 * commit. Reading takes time, so before a part goes out it is asked whether what it was read from
 * is still whole: a checkpoint behind rows that a clean-up took would hide that they are missing.
 */
export async function* windowEvents(
  changes: AsyncIterable<PlacedChange>,
  window: Window & { readonly from: Position },
  lossesBehind: LossCheck,
): WindowParts {
  const part = new EventPart();
  const timeOf = (position: Position) => window.times.get(position) ?? new Date();
  let open: Position | null = null;
  let told = window.from;
  const takePart = async (): Promise<FeedEvent[]> => {
    const lost = await lossesBehind(told);
    const events = part.take();
    told = events.findLast((event) => event.kind === 'commit')?.position ?? told;
    return [...lost, ...events];
  };
  for await (const { place, change } of changes) {
    if (open !== null && open !== place.lsn) part.commit(open, timeOf(open));
    if (part.isFull) yield await takePart();
    open = place.lsn;
    part.add(change);
  }
  if (open !== null) part.commit(open, timeOf(open));
  yield await takePart();
  return window.to;
}
