/**
 * The inner loop of a lane. A batch is a run of whole source transactions: what the feed has at
 * hand, so that batches grow with the load and a lone transaction goes out at once. While the
 * server works on one part of a batch the next is read; the batch is committed when nothing more
 * is at hand or when it is large.
 *
 * A transaction that is still open on the source may come before its commit: it is written as the
 * beginning of the next batch and, when the feed says so, undone.
 *
 * A batch that was refused (new membership, one table at fault) is written again from memory; one
 * that was too large to keep ends the attempt, and the next one reads it again from the checkpoint.
 */
import { SluiceError } from '../../core/errors.js';
import { sameTable } from '../../core/names.js';
import type { ApplyResult } from '../../core/protocol.js';
import type { FeedEvent, FeedReader, Position } from '../../engines/contract/feed.js';
import {
  LaneTableFault,
  MembershipChanged,
  type LaneMember,
  type LaneMembership,
  type LaneWriter,
} from '../../engines/contract/lane.js';
import { wasCalled } from './lane-call.js';
import { membershipWithParking } from './lane-membership.js';
import type { LongRun } from '../long-running.js';

/** Membership is looked at this often at least while nothing happens … */
const IDLE_LOOK_MS = 1_000;
/** … and so soon after somebody in this process called. */
const LISTEN_MS = 50;
/** An idle checkpoint is a commit on the target; a parked table's cut-over waits for it at once. */
const IDLE_COMMIT_MS = 2_000;
/** A feed that has told nothing for so long has nothing to tell. */
const LONG_REST_MS = 30_000;
/** Bytes of changes kept for writing a refused batch again. */
const KEPT_BYTES = 2 * 1024 * 1024;
/** A batch of whole transactions is committed at this age, also while more is at hand. */
const BATCH_MS = 500;
/** The beginning of a transaction that waits for its rest, so that the batch before it can end. */
const HELD_BYTES = 1024 * 1024;
const MAX_REWRITES = 20;

/** How large batches become and how long an idle lane rests; durations in ms. */
export interface LanePace {
  readonly rows: number;
  readonly bytes: number;
  /** So long a batch that is not full waits for more; somebody who waits for the lane ends it. */
  readonly waitMs: number;
  /** The longest rest of an idle lane. */
  readonly pollMs: number;
}

export class LaneLoop {
  #kept: FeedEvent[] = [];
  #keptBytes = 0;
  #keptRows = 0;
  /** How many of the kept events were written. */
  #written = 0;
  /** Some of the batch was written and is not kept any more. */
  #partial = false;
  /** When the first whole transaction of the batch was written; 0 before that. */
  #batchBegan = 0;
  /** The beginning of a transaction whose rest is about to come. */
  #held: readonly FeedEvent[] = [];
  #transactions = 0;
  #changes = 0;
  #lastIdleCommit = 0;
  /** Since when the feed has given nothing to do; it may still be on its way to the first change. */
  #restsSince = Date.now();
  /** The feed has told a position up to which there was nothing to do. */
  #toldIdle = false;
  /** An idle position that came too soon after the last: the feed tells each once only. */
  #idle: Position | null = null;
  #lastLook = 0;

  constructor(
    private readonly writer: LaneWriter,
    private readonly reader: FeedReader,
    private membership: LaneMembership,
    private readonly context: LongRun,
    private readonly pace: LanePace,
    private readonly untilItWorks = false,
  ) {}

  get members(): readonly LaneMember[] {
    return this.membership.members;
  }

  async run(): Promise<ApplyResult> {
    while (!this.#mayReturn()) {
      const waitMs = this.#batchBegan === 0 ? LISTEN_MS : this.#patience();
      const events = await this.reader.read(waitMs, this.#isAwaited());
      if (events.length > 0) await this.#take(events);
      else if (this.#batchBegan !== 0) await this.#attempt(true);
      else if (this.#isBetween) await this.#whileIdle();
      this.context.report({ transactions: this.#transactions, changes: this.#changes });
    }
    await this.writer.rollback();
    return this.#result('border');
  }

  /**
   * No transaction is written in part: a checkpoint now would commit half of it, and a look at the
   * membership would roll its beginning back, which nobody keeps once it is large.
   */
  get #isBetween(): boolean {
    return this.#kept.length === 0 && this.#held.length === 0 && !this.#partial;
  }

  /**
   * The limit asks for the next border. A transaction too large to keep in memory is finished
   * first: given up, it would begin again with every attempt and never be done.
   */
  #mayReturn(): boolean {
    if (this.untilItWorks && this.#works()) return true;
    if (!this.context.dueToReturn()) return false;
    return this.context.signal.aborted || !this.#partial;
  }

  /** Something was committed, or there was nothing to do; no large transaction is given up. */
  #works(): boolean {
    if (this.#transactions > 0) return !this.#partial;
    const rested = Date.now() - this.#restsSince >= LONG_REST_MS;
    return this.#isBetween && this.#batchBegan === 0 && (this.#toldIdle || rested);
  }

  /** A table whose changes are lost leaves the lane; what came before is kept. */
  async #take(events: readonly FeedEvent[]): Promise<void> {
    let from = 0;
    for (const [at, event] of events.entries()) {
      if (event.kind !== 'lost') continue;
      await this.#takeUpToDiscards(events.slice(from, at));
      if (this.#batchBegan !== 0) await this.#attempt(true);
      await this.#setAsideLost(event);
      from = at + 1;
    }
    if (from < events.length) await this.#takeUpToDiscards(events.slice(from));
  }

  async #setAsideLost({ table, reason }: FeedEvent & { kind: 'lost' }): Promise<void> {
    const { members } = this.membership;
    for (const { tableId, source, lost } of members) {
      // Told again because the transaction is read again: once is enough.
      if (lost === true || !sameTable(source, table)) continue;
      const message = `Changes were lost: ${reason}`;
      await this.#refused(new LaneTableFault({ tableId, code: 'FEED_GAP', message }));
    }
  }

  /** Events between two discards: what a discard follows was written in vain. */
  async #takeUpToDiscards(events: readonly FeedEvent[]): Promise<void> {
    let from = 0;
    for (;;) {
      const discard = events.findIndex((event, at) => at >= from && event.kind === 'discard');
      if (discard < 0) break;
      const last = events.findLastIndex((event, at) => at < discard && event.kind === 'commit');
      await this.#takeRun(events.slice(from, Math.max(from, last + 1)));
      if (this.#batchBegan !== 0) await this.#attempt(true);
      await this.#discard();
      from = discard + 1;
    }
    await this.#takeRun(from === 0 ? events : events.slice(from));
  }

  /** Write whole transactions, then the beginning of one that is not whole yet. */
  async #takeRun(given: readonly FeedEvent[]): Promise<void> {
    const events = [...this.#held, ...given];
    this.#held = [];
    const last = events.findLastIndex((event) => event.kind === 'commit');
    const idle = events.findLast((event) => event.kind === 'idle');
    if (last >= 0) {
      if (this.#batchBegan === 0) this.#batchBegan = Date.now();
      this.#keep(events.slice(0, last + 1));
      await this.#attempt(this.#isFull());
    }
    const rest = events.slice(last + 1).filter((event) => event.kind === 'changes');
    if (rest.length > 0) await this.#begin(rest);
    else if (last < 0 && idle !== undefined && this.#isBetween) {
      await this.#moveIdle(idle.position);
    }
  }

  /** A small beginning waits for the rest of it; a large one ends the batch before it. */
  async #begin(rest: readonly FeedEvent[]): Promise<void> {
    if (this.#batchBegan !== 0) {
      if (bytesOf(rest) < HELD_BYTES) {
        this.#held = rest;
        return;
      }
      await this.#attempt(true);
    }
    this.#keep(rest);
    await this.#attempt(false);
  }

  async #discard(): Promise<void> {
    this.#restsSince = Date.now();
    this.#held = [];
    this.#reset();
    await this.writer.rollback();
  }

  #isFull(): boolean {
    const { rows, bytes, waitMs } = this.pace;
    if (this.#keptBytes >= bytes || this.#keptRows >= rows) return true;
    return Date.now() - this.#batchBegan >= Math.max(BATCH_MS, waitMs);
  }

  /** How much longer the batch may wait for more. */
  #patience(): number {
    if (this.#isAwaited()) return 0;
    return Math.max(0, this.#batchBegan + this.pace.waitMs - Date.now());
  }

  #keep(events: readonly FeedEvent[]): void {
    this.#kept.push(...events);
    this.#keptBytes += bytesOf(events);
    this.#keptRows += rowsOf(events);
  }

  /** Write what was not written yet and commit if told to; repeat from memory when refused. */
  async #attempt(commit: boolean): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        await this.#writeKept();
        if (commit) await this.#commit();
        else if (this.#keptBytes > KEPT_BYTES) this.#forget();
        return;
      } catch (thrown) {
        if (tries >= MAX_REWRITES) throw thrown;
        await this.#refused(thrown);
      }
    }
  }

  async #writeKept(): Promise<void> {
    for (; this.#written < this.#kept.length; this.#written++) {
      const event = this.#kept[this.#written];
      if (event?.kind !== 'changes') continue;
      const ends = this.#kept[this.#written + 1]?.kind === 'commit';
      await this.writer.write(event.changes, this.membership, ends);
    }
  }

  async #commit(): Promise<void> {
    const commits = this.#kept.filter((event) => event.kind === 'commit');
    const last = commits.at(-1);
    if (last === undefined) return;
    const counts = await this.writer.commit(last.position, last.time, commits.length);
    this.reader.acknowledge(last.position);
    this.#idle = null;
    this.#transactions += counts.transactions;
    this.#changes += counts.inserts + counts.updates + counts.deletes + counts.parked;
    this.#reset();
  }

  #reset(): void {
    this.#kept = [];
    this.#keptBytes = 0;
    this.#keptRows = 0;
    this.#written = 0;
    this.#partial = false;
    this.#batchBegan = 0;
  }

  /** A transaction too large for memory: its beginning can be read again, not written again. */
  #forget(): void {
    this.#kept = this.#kept.filter((event) => event.kind === 'commit');
    this.#written = this.#kept.length;
    this.#keptBytes = 0;
    this.#partial = true;
  }

  async #refused(thrown: unknown): Promise<void> {
    const expected = thrown instanceof MembershipChanged || thrown instanceof LaneTableFault;
    await this.writer.rollback();
    if (!expected) throw thrown;
    if (thrown instanceof LaneTableFault) await this.writer.setAside(thrown.fault);
    this.membership = await membershipWithParking(this.writer);
    this.#written = 0;
    if (this.#partial) {
      throw new SluiceError(
        'CONNECTION_LOST',
        'A transaction too large for memory has to be read again from the checkpoint.',
      );
    }
  }

  async #whileIdle(): Promise<void> {
    if (this.#idle !== null && this.#mayCommitIdle()) await this.#commitIdle(this.#idle);
    else await this.#lookIfDue();
  }

  #mayCommitIdle(): boolean {
    return this.#isAwaited() || Date.now() - this.#lastIdleCommit >= this.#rest(IDLE_COMMIT_MS);
  }

  async #lookIfDue(): Promise<void> {
    const called = wasCalled(this.writer.claim.laneId);
    if (called || Date.now() - this.#lastLook >= this.#rest(IDLE_LOOK_MS))
      await this.#lookAtMembership();
  }

  async #lookAtMembership(): Promise<void> {
    this.#lastLook = Date.now();
    const present = await this.writer.readMembership();
    const isSame = present.revision === this.membership.revision;
    const waits = present.members.some((member) => member.parks && member.parksFrom === null);
    // The same tables, but the target may have changed them: a trigger keeps changes apart.
    this.membership = isSame && !waits ? present : await membershipWithParking(this.writer);
  }

  /** Keepalives move the checkpoint too, or an idle table would hold the source's log. */
  async #moveIdle(position: Position): Promise<void> {
    this.#idle = position;
    this.#toldIdle = true;
    if (this.#mayCommitIdle()) await this.#commitIdle(position);
    else await this.#lookAtMembership();
  }

  async #commitIdle(position: Position): Promise<void> {
    this.#lastIdleCommit = Date.now();
    try {
      await this.writer.commit(position, null, 0);
      this.reader.acknowledge(position);
      this.#idle = null;
    } catch (thrown) {
      await this.#refused(thrown);
    }
  }

  #rest(longestMs: number): number {
    return Math.min(longestMs, this.pace.pollMs);
  }

  #isAwaited(): boolean {
    return this.membership.members.some((member) => member.parks);
  }

  #result(reason: ApplyResult['reason']): ApplyResult {
    return { reason, detail: null, transactions: this.#transactions, changes: this.#changes };
  }
}

function bytesOf(events: readonly FeedEvent[]): number {
  let bytes = 0;
  for (const event of events) {
    if (event.kind !== 'changes') continue;
    for (const change of event.changes) bytes += change.bytes;
  }
  return bytes;
}

function rowsOf(events: readonly FeedEvent[]): number {
  return events.reduce(
    (rows, event) => rows + (event.kind === 'changes' ? event.changes.length : 0),
    0,
  );
}
