/**
 * Windows over Change Tracking: one transaction for each, in which the version, what is still valid
 * and the changed rows of all tables are read as they were at one moment
 * (test/conformance/sqlserver/snapshot: "sees the rows of its first read"). Without SNAPSHOT
 * isolation the version is read first and validity again at the end; rows may then be newer than the
 * version, and come once more with the next window.
 */
import type { FeedEvent, Position } from '../../../contract/feed.js';
import { msNumberOf } from '../../ms-errors.js';
import type { MsSession, Query } from '../../sql-session.js';
import { param } from '../../sql-session.js';
import { EventPart } from '../event-part.js';
import { Handoff } from '../handoff.js';
import type { WindowParts } from '../parts-ahead.js';
import type { Look, WindowSource } from '../window-reader.js';
import { changedTables } from './changed-tables.js';
import { readVersionFrom } from './read-version.js';
import { changesSql } from './sql/changes-sql.js';
import { toChange } from './to-change.js';
import type { TrackingWatch } from './tracking-watch.js';

/**
 * A table or column is gone, tracking was switched off (test/conformance/sqlserver/change-tracking:
 * "is refused a table that is not tracked (22105)"), or DDL came across the snapshot.
 */
const MOVED = new Set([207, 208, 22105, 3961]);

export class TrackingWindows implements WindowSource {
  #handoff: Handoff<FeedEvent[]> | null = null;

  /** @param snapshot the database allows SNAPSHOT isolation */
  constructor(
    private readonly session: MsSession,
    private readonly watch: TrackingWatch,
    private readonly snapshot: boolean,
  ) {}

  async look(from: Position): Promise<Look> {
    const { query } = this.session;
    const { position } = await readVersionFrom(query, from);
    if (position > from) return { events: [], window: this.#window(from), more: false };
    // A table may be truncated or switched off without a change of any row.
    const { lost } = await this.watch.look(query, BigInt(from));
    return { events: lost, window: null, more: false };
  }

  recovers(error: unknown): boolean {
    return MOVED.has(msNumberOf(error) ?? 0);
  }

  async close(): Promise<void> {
    this.#handoff?.abandon();
    await this.session.close();
  }

  async *#window(from: Position): WindowParts {
    const handoff = new Handoff<FeedEvent[]>();
    this.#handoff = handoff;
    let to = from;
    const work = this.session
      .transaction(
        async (query) => {
          to = await this.#produce(query, from, handoff);
        },
        this.snapshot ? 'snapshot' : 'read committed',
      )
      .then(
        () => handoff.end(),
        (error: unknown) => handoff.end(error instanceof Error ? error : new Error('unknown')),
      );
    try {
      for (;;) {
        const part = await handoff.take();
        if (part === undefined) return to;
        yield part;
      }
    } finally {
      handoff.abandon();
      await work;
    }
  }

  async #produce(query: Query, from: Position, out: Handoff<FeedEvent[]>): Promise<Position> {
    const { position, at } = await readVersionFrom(query, from);
    const { readable, lost } = await this.watch.look(query, BigInt(from));
    if (lost.length > 0) await out.give([...lost]);
    const changed = await changedTables(query, readable);
    const columns = await this.watch.columns(query, changed);
    const part = new EventPart();
    let any = false;
    for (const { table, from: start } of changed) {
      const tracked = columns.get(table.id);
      if (tracked === undefined) continue;
      const params = [param.bigint('from', start)];
      for await (const row of this.session.stream(changesSql(tracked.sql), params)) {
        const change = toChange(tracked, row);
        if (change === null) continue;
        any = true;
        part.add(change);
        if (part.isFull) await out.give(part.take());
      }
    }
    if (!this.snapshot) await this.#checkAgain(query, from, part, out);
    if (any) part.commit(position, at);
    await out.give(part.take());
    return position;
  }

  /** What was cleaned away while it was read may be missing from what was read. */
  async #checkAgain(
    query: Query,
    from: Position,
    part: EventPart,
    out: Handoff<FeedEvent[]>,
  ): Promise<void> {
    const { lost } = await this.watch.look(query, BigInt(from));
    if (lost.length > 0) await out.give([...part.take(), ...lost]);
  }
}
