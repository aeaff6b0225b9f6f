/**
 * What both feeds of SQL Server have in common: changes come in windows, each from the position to
 * an end that was fixed when it began. A window is read in parts of bounded size; only when it is
 * read to its end does the next one begin. Where nothing happened the position moves all the same,
 * or a table without changes would be overtaken by the clean-up.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from '../../../core/errors.js';
import type { FeedEvent, FeedReader, Position } from '../../contract/feed.js';
import type { WindowParts } from './parts-ahead.js';
import { PartsAhead } from './parts-ahead.js';
import type { PollInterval } from './poll-interval.js';

export interface Look {
  /** To be told before the window. */
  readonly events: readonly FeedEvent[];
  /** Null: there is nothing behind the position. */
  readonly window: WindowParts | null;
  /** There is more behind the window already. */
  readonly more: boolean;
}

export interface WindowSource {
  /** @param acknowledged how far the target is */
  look(position: Position, acknowledged: Position): Promise<Look>;
  /** After a failure: whether the window may be read again from the last commit. */
  recovers(error: unknown): boolean;
  close(): Promise<void>;
}

const IDLE_INTERVAL_MS = 1_000;
const EAGER_INTERVAL_MS = 100;
const MOST_RETRIES = 3;

export class WindowReader implements FeedReader {
  #position: Position;
  #acknowledged: Position;
  #window: PartsAhead | null = null;
  #more = false;
  /** Something of the window was told. */
  #found = false;
  #retries = 0;
  #toldAt = 0;
  #closed = false;

  /** @param maxBufferedBytes of changes that may wait for the consumer */
  constructor(
    private readonly source: WindowSource,
    private readonly poll: PollInterval,
    from: Position,
    private readonly maxBufferedBytes: number,
  ) {
    this.#position = from;
    this.#acknowledged = from;
  }

  async read(waitMs: number, eager: boolean): Promise<readonly FeedEvent[]> {
    const deadline = Date.now() + waitMs;
    for (;;) {
      if (this.#closed) throw closed();
      const events = await this.#next(eager);
      if (events.length > 0) return events;
      // A caller that will not wait has a batch to finish first and would not hear of it.
      const idle = waitMs > 0 ? this.#idle(eager) : [];
      const left = deadline - Date.now();
      if (idle.length > 0 || left <= 0) return idle;
      await delay(Math.min(left, Math.max(1, this.poll.waitMs(Date.now(), eager))));
    }
  }

  acknowledge(position: Position): void {
    if (position > this.#acknowledged) this.#acknowledged = position;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.source.close();
  }

  async #next(eager: boolean): Promise<readonly FeedEvent[]> {
    try {
      return this.#window === null ? await this.#look(eager) : await this.#part(this.#window);
    } catch (error) {
      this.#window = null;
      if (!this.source.recovers(error) || this.#retries >= MOST_RETRIES) throw error;
      this.#retries += 1;
      return [{ kind: 'discard' }];
    }
  }

  async #look(eager: boolean): Promise<readonly FeedEvent[]> {
    if (this.poll.waitMs(Date.now(), eager) > 0) return [];
    const { events, window, more } = await this.source.look(this.#position, this.#acknowledged);
    this.#window = window === null ? null : new PartsAhead(window, this.maxBufferedBytes);
    this.#more = more;
    this.#found = false;
    if (window === null) this.poll.looked(Date.now(), false);
    return events;
  }

  async #part(window: PartsAhead): Promise<readonly FeedEvent[]> {
    const part = await window.take();
    if (part.done === true) {
      this.#window = null;
      this.#retries = 0;
      this.#position = part.value;
      this.poll.looked(Date.now(), this.#found, this.#more);
      return [];
    }
    const last = part.value.findLast((event) => event.kind === 'commit');
    if (last !== undefined) this.#position = last.position;
    this.#found ||= part.value.length > 0;
    return part.value;
  }

  #idle(eager: boolean): FeedEvent[] {
    if (this.#window !== null || this.#acknowledged >= this.#position) return [];
    const interval = eager ? EAGER_INTERVAL_MS : IDLE_INTERVAL_MS;
    if (Date.now() - this.#toldAt < interval) return [];
    this.#toldAt = Date.now();
    return [{ kind: 'idle', position: this.#position }];
  }
}

function closed(): SluiceError {
  return new SluiceError('CANCELLED', 'The change feed was closed while it was read.');
}
