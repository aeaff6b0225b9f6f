/**
 * Windows over the change tables of one database, in commit order. A look asks how far capture has
 * come, takes the next transactions up to there, looks which instances speak for which part of them
 * and merges their rows into whole transactions.
 */
import type { Position } from '../../../contract/feed.js';
import { msNumberOf } from '../../ms-errors.js';
import type { MsSession } from '../../sql-session.js';
import { mergeSorted } from '../merge-sorted.js';
import type { Look, WindowSource } from '../window-reader.js';
import { instanceRows } from './instance-rows.js';
import type { InstanceWatch } from './instance-watch.js';
import { comparePlaces } from './row-place.js';
import type { InstanceTender } from './tend-instances.js';
import { toChanges } from './to-changes.js';
import { busyReads, readMaxLsn, readWindow } from './window.js';
import { windowEvents } from './window-events.js';

/** Transactions of a window, so that it has an end under any load. */
const WINDOW_TRANSACTIONS = 500;
/** An instance was dropped, or its columns changed, between the look and the read. */
const MOVED = new Set([207, 208, 313, 22985]);

export class CdcWindows implements WindowSource {
  constructor(
    private readonly session: MsSession,
    private readonly watch: InstanceWatch,
    private readonly tender: InstanceTender,
  ) {}

  async look(from: Position, acknowledged: Position): Promise<Look> {
    const { session, watch } = this;
    const tended = await this.tender.tend(acknowledged);
    const max = await readMaxLsn(session.query);
    if (max === null || max <= from) return { events: tended, window: null, more: false };
    const window = await readWindow(session.query, from, max, WINDOW_TRANSACTIONS);
    const { reads, lost } = await watch.look({ from, to: window.to });
    const busy = await busyReads(session, reads);
    const streams = busy.map((read) => {
      const captured = watch.captured(read.instance);
      return toChanges(captured, instanceRows(session, captured, read));
    });
    const changes = mergeSorted(streams, (a, b) => comparePlaces(a.place, b.place));
    const events = [...tended, ...lost];
    const parts = windowEvents(changes, { ...window, from }, (told) => watch.lossesOf(reads, told));
    return { events, window: parts, more: window.to < max };
  }

  recovers(error: unknown): boolean {
    this.watch.forget();
    return MOVED.has(msNumberOf(error) ?? 0);
  }

  close(): Promise<void> {
    return this.session.close();
  }
}
