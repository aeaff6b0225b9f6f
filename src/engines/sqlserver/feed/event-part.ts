import type { Change } from '../../../core/change.js';
import type { FeedEvent, Position } from '../../contract/feed.js';

/** A part of this size goes to the consumer, so that a huge transaction is never held whole. */
const PART_BYTES = 512 * 1024;
const PART_CHANGES = 2_000;

/** Gathers events until they are worth handing over. */
export class EventPart {
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

  commit(position: Position, time: Date): void {
    this.#flush();
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
