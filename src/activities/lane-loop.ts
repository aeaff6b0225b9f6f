/**
 * The inner loop of a lane. A batch is what the feed has at hand, cut at the last whole source
 * transaction: while one batch commits, the next gathers, so batches grow with the load and a lone
 * transaction goes out at once.
 *
 * A batch that was refused (new membership, one table at fault) is written again from memory; one
 * that was too large to keep ends the attempt, and the next one reads it again from the checkpoint.
 */
import { SluiceError } from '../core/errors.js';
import type { ApplyResult } from '../core/protocol.js';
import type { FeedEvent, FeedReader, Position } from '../engines/contract/feed.js';
import {
  LaneTableFault,
  MembershipChanged,
  type LaneMembership,
  type LaneWriter,
} from '../engines/contract/lane.js';
import { membershipWithParking } from './lane-membership.js';
import type { LongRun } from './long-running.js';

/** Membership is looked at this often while nothing happens. */
const IDLE_LOOK_MS = 1_000;
/** An idle checkpoint is a commit on the target; a parked table's cut-over waits for it. */
const IDLE_COMMIT_MS = 10_000;
/** Bytes of changes kept for writing a refused batch again. */
const KEPT_BYTES = 16 * 1024 * 1024;
const MAX_REWRITES = 20;

export class LaneLoop {
  #kept: FeedEvent[] = [];
  #keptBytes = 0;
  #transactions = 0;
  #changes = 0;
  #lastIdleCommit = 0;

  constructor(
    private readonly writer: LaneWriter,
    private readonly reader: FeedReader,
    private membership: LaneMembership,
    private readonly context: LongRun,
  ) {}

  async run(): Promise<ApplyResult> {
    while (!this.context.dueToReturn()) {
      const events = await this.reader.read(IDLE_LOOK_MS, this.#isAwaited());
      if (events.length === 0) {
        if (this.#kept.length === 0) await this.#lookAtMembership();
        continue;
      }
      await this.#take(events);
      this.context.report({ transactions: this.#transactions, changes: this.#changes });
    }
    await this.writer.rollback();
    return this.#result('border');
  }

  /** Commit at the last whole transaction of these events; the rest opens the next batch. */
  async #take(events: readonly FeedEvent[]): Promise<void> {
    const last = events.findLastIndex((event) => event.kind === 'commit');
    const idle = events.findLast((event) => event.kind === 'idle');
    if (last >= 0) {
      this.#keep(events.slice(0, last + 1));
      await this.#attempt(true);
    }
    const rest = events.slice(last + 1).filter((event) => event.kind === 'changes');
    if (rest.length > 0) {
      this.#keep(rest);
      await this.#attempt(false);
    } else if (last < 0 && idle !== undefined && this.#kept.length === 0) {
      await this.#moveIdle(idle.position);
    }
  }

  #keep(events: readonly FeedEvent[]): void {
    for (const event of events) {
      this.#kept.push(event);
      if (event.kind !== 'changes') continue;
      for (const change of event.changes) this.#keptBytes += change.bytes;
    }
  }

  #written = 0;

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
      if (event?.kind === 'changes') await this.writer.write(event.changes, this.membership);
    }
  }

  async #commit(): Promise<void> {
    const commits = this.#kept.filter((event) => event.kind === 'commit');
    const last = commits.at(-1);
    if (last === undefined) return;
    const counts = await this.writer.commit(last.position, last.time, commits.length);
    this.reader.acknowledge(last.position);
    this.#transactions += counts.transactions;
    this.#changes += counts.inserts + counts.updates + counts.deletes + counts.parked;
    this.#kept = [];
    this.#keptBytes = 0;
    this.#written = 0;
    this.#partial = false;
  }

  #partial = false;

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

  async #lookAtMembership(): Promise<void> {
    const present = await this.writer.readMembership();
    if (present.revision === this.membership.revision) {
      const waits = present.members.some((member) => member.parks && member.parksFrom === null);
      if (!waits) return;
    }
    this.membership = await membershipWithParking(this.writer);
  }

  /** Keepalives move the checkpoint too, or an idle table would hold the source's log. */
  async #moveIdle(position: Position): Promise<void> {
    if (!this.#isAwaited() && Date.now() - this.#lastIdleCommit < IDLE_COMMIT_MS) {
      await this.#lookAtMembership();
      return;
    }
    this.#lastIdleCommit = Date.now();
    try {
      await this.writer.commit(position, null, 0);
      this.reader.acknowledge(position);
    } catch (thrown) {
      await this.#refused(thrown);
    }
  }

  #isAwaited(): boolean {
    return this.membership.members.some((member) => member.parks);
  }

  #result(reason: ApplyResult['reason']): ApplyResult {
    return { reason, detail: null, transactions: this.#transactions, changes: this.#changes };
  }
}
