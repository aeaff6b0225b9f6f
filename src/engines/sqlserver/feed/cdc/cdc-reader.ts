/**
 * Reads the change tables of one database in commit order.
 *
 * A round asks how far capture has come, takes the next transactions up to there as a window, looks
 * which instances speak for which part of it and merges their rows into whole transactions. The
 * window is read in parts of bounded size; only when it is read to its end does the next one begin.
 * Where nothing happened the position moves to the end of capture all the same, or a table without
 * changes would be overtaken by the clean-up.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from '../../../../core/errors.js';
import type { FeedEvent, FeedReader, Position } from '../../../contract/feed.js';
import { msNumberOf } from '../../ms-errors.js';
import type { MsSession } from '../../sql-session.js';
import { mergeSorted } from '../merge-sorted.js';
import type { PollInterval } from '../poll-interval.js';
import { instanceRows } from './instance-rows.js';
import type { InstanceWatch } from './instance-watch.js';
import type { InstanceTender } from './tend-instances.js';
import { comparePlaces } from './row-place.js';
import { toChanges } from './to-changes.js';
import { busyReads, readMaxLsn, readWindow } from './window.js';
import { windowEvents } from './window-events.js';

export interface CdcReaderParts {
  readonly session: MsSession;
  readonly watch: InstanceWatch;
  readonly poll: PollInterval;
  readonly tender: InstanceTender;
}

/** Transactions of a window, so that it has an end under any load. */
const WINDOW_TRANSACTIONS = 500;
const IDLE_INTERVAL_MS = 1_000;
const EAGER_INTERVAL_MS = 100;
/** An instance was dropped, or its columns changed, between the look and the read. */
const MOVED = new Set([207, 208, 313, 22985]);
const MOST_RETRIES = 3;

export class CdcReader implements FeedReader {
  #position: Position;
  #acknowledged: Position;
  #window: { parts: AsyncIterator<FeedEvent[]>; to: Position } | null = null;
  #retries = 0;
  #toldAt = 0;
  #closed = false;

  constructor(
    private readonly parts: CdcReaderParts,
    from: Position,
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
      await delay(Math.min(left, Math.max(1, this.parts.poll.waitMs(Date.now(), eager))));
    }
  }

  acknowledge(position: Position): void {
    if (position > this.#acknowledged) this.#acknowledged = position;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.parts.session.close();
  }

  async #next(eager: boolean): Promise<readonly FeedEvent[]> {
    try {
      if (this.#window === null) {
        if (this.parts.poll.waitMs(Date.now(), eager) > 0) return [];
        return await this.#look();
      }
      const { parts, to } = this.#window;
      const next = await parts.next();
      if (next.done !== true) return this.#deliver(next.value);
      this.#window = null;
      this.#position = to;
      this.#retries = 0;
      return [];
    } catch (error) {
      return this.#readAgain(error);
    }
  }

  async #look(): Promise<readonly FeedEvent[]> {
    const { session, watch, poll, tender } = this.parts;
    const tended = await tender.tend(this.#acknowledged);
    const max = await readMaxLsn(session.query);
    const found = max !== null && max > this.#position;
    poll.looked(Date.now(), found);
    if (!found) return tended;
    const from = this.#position;
    const window = await readWindow(session.query, from, max, WINDOW_TRANSACTIONS);
    const { reads, lost } = await watch.look({ from, to: window.to });
    const busy = await busyReads(session, reads);
    const streams = busy.map((read) => {
      const captured = watch.captured(read.instance);
      return toChanges(captured, instanceRows(session, captured, read));
    });
    const changes = mergeSorted(streams, (a, b) => comparePlaces(a.place, b.place));
    this.#window = { parts: windowEvents(changes, window), to: window.to };
    return [...tended, ...lost];
  }

  #deliver(events: readonly FeedEvent[]): readonly FeedEvent[] {
    const last = events.findLast((event) => event.kind === 'commit');
    if (last !== undefined) this.#position = last.position;
    return events;
  }

  /** The window begins again behind the last commit that was delivered. */
  #readAgain(error: unknown): readonly FeedEvent[] {
    this.#window = null;
    if (!MOVED.has(msNumberOf(error) ?? 0) || this.#retries >= MOST_RETRIES) throw error;
    this.#retries += 1;
    this.parts.watch.forget();
    return [{ kind: 'discard' }];
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
