import type { Position } from '../../../contract/feed.js';
import { EventPart } from '../event-part.js';
import type { WindowParts } from '../window-reader.js';
import type { PlacedChange } from './to-changes.js';
import type { Window } from './window.js';

/**
 * The events of a window out of its changes in commit order: each transaction's changes, then its
 * commit.
 */
export async function* windowEvents(
  changes: AsyncIterable<PlacedChange>,
  window: Window,
): WindowParts {
  const part = new EventPart();
  const timeOf = (position: Position) => window.times.get(position) ?? new Date();
  let open: Position | null = null;
  for await (const { place, change } of changes) {
    if (open !== null && open !== place.lsn) part.commit(open, timeOf(open));
    if (part.isFull) yield part.take();
    open = place.lsn;
    part.add(change);
  }
  if (open !== null) part.commit(open, timeOf(open));
  yield part.take();
  return window.to;
}
