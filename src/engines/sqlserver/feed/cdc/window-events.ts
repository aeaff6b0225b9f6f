import type { Change } from '../../../../core/change.js';
import type { FeedEvent, Position } from '../../../contract/feed.js';
import type { PlacedChange } from './to-changes.js';
import type { Window } from './window.js';

/** A part of this size goes to the consumer, so that a huge transaction is never held whole. */
const PART_BYTES = 512 * 1024;
const PART_CHANGES = 2_000;

/**
 * The events of a window out of its changes in commit order: each transaction's changes, then its
 * commit. Every array that comes is one part of bounded size.
 */
export async function* windowEvents(
  changes: AsyncIterable<PlacedChange>,
  window: Window,
): AsyncGenerator<FeedEvent[], void, undefined> {
  const part = new Part();
  let open: Position | null = null;
  for await (const { place, change } of changes) {
    if (open !== null && open !== place.lsn) part.commit(open, window);
    if (part.isFull) yield part.take();
    open = place.lsn;
    part.add(change);
  }
  if (open !== null) part.commit(open, window);
  yield part.take();
}

class Part {
  #events: FeedEvent[] = [];
  #changes: Change[] = [];
  #count = 0;
  #bytes = 0;

  get isFull(): boolean {
    return this.#bytes >= PART_BYTES || this.#count >= PART_CHANGES;
  }

  add(change: Change): void {
    this.#changes.push(change);
    this.#count += 1;
    this.#bytes += change.bytes;
  }

  commit(position: Position, window: Window): void {
    this.#flush();
    const time = window.times.get(position) ?? new Date();
    this.#events.push({ kind: 'commit', position, time });
  }

  take(): FeedEvent[] {
    this.#flush();
    const events = this.#events;
    this.#events = [];
    this.#count = 0;
    this.#bytes = 0;
    return events;
  }

  #flush(): void {
    if (this.#changes.length === 0) return;
    this.#events.push({ kind: 'changes', changes: this.#changes });
    this.#changes = [];
  }
}
