import type { Change } from '../../../core/change.js';
import type { FeedEvent } from '../../contract/feed.js';
import type { RawMessage, ReplicationMessage } from '../replication/frame-queue.js';
import type { Lsn } from '../replication/lsn.js';
import { formatLsnFixed } from '../replication/lsn.js';
import type { ChangeMessage, PgOutputMessage } from '../replication/pgoutput-messages.js';
import { OpenTransaction } from './open-transaction.js';
import { Shapes } from './shapes.js';
import { appendChanges } from './to-changes.js';

const MICROS_PER_MILLI = 1000n;

interface CommitFacts {
  readonly endLsn: Lsn;
  readonly commitTime: bigint;
}

/**
 * Makes events, whole transactions in commit order, from the messages of one stream.
 *
 * The server sends a large transaction while it is still open. All of it is spooled; the first one
 * that is open while no other is is also given out at once, ahead of its commit. When something
 * else commits before it, when it stops coming for a while or when part of it is rolled back, what
 * was given out is discarded and it comes again, from the spool, after its commit.
 */
export class TransactionEvents {
  /** Highest position up to which every committed transaction has been given out. */
  seen: Lsn;
  private waiting: readonly ReplicationMessage[] = [];
  private next = 0;
  private events: FeedEvent[] = [];
  private changes: Change[] = [];
  private inTransaction = false;
  private hasChanges = false;
  private readonly shapes = new Shapes();
  private readonly open = new Map<number, OpenTransaction>();
  /** The one whose messages come now. */
  private incoming: OpenTransaction | null = null;
  /** The one that is given out before its commit. */
  private ahead: OpenTransaction | null = null;
  private replay: { from: AsyncIterator<PgOutputMessage[]>; end: () => Promise<void> } | null =
    null;

  constructor(from: Lsn) {
    this.seen = from;
  }

  /** Whether events can be made without new messages. */
  get hasMore(): boolean {
    return this.replay !== null || this.next < this.waiting.length;
  }

  /** Whether the last event belongs to a transaction whose end has not been given out. */
  get isWithin(): boolean {
    return this.inTransaction || this.ahead !== null || this.hasMore;
  }

  /** Whether much is about to come of which nothing is urgent. */
  get isStreaming(): boolean {
    return this.ahead !== null || this.incoming !== null;
  }

  /** Only while `hasMore` is false. */
  offer(messages: readonly ReplicationMessage[]): void {
    this.waiting = messages;
    this.next = 0;
  }

  /** @param mayRunAhead false: somebody waits for a border, so no open transaction is begun */
  async take(mayRunAhead: boolean): Promise<FeedEvent[]> {
    if (this.replay !== null) await this.replayPiece();
    while (this.replay === null && this.next < this.waiting.length) {
      const message = this.waiting[this.next];
      this.next += 1;
      if (message === undefined || this.takeChange(message)) continue;
      await this.handle(message, mayRunAhead);
    }
    await this.incoming?.flush();
    this.flushChanges();
    const { events } = this;
    this.events = [];
    return events;
  }

  /** Do not hold the target's locks for a transaction that stopped coming. */
  discardStalled(patienceMs: number): void {
    if (this.ahead !== null && Date.now() - this.ahead.lastAt > patienceMs) this.stepAside();
  }

  async close(): Promise<void> {
    for (const transaction of this.open.values()) await transaction.close();
    await this.replay?.end();
  }

  /** Nearly all messages are changes: for these there is nothing to wait for. */
  private takeChange(message: ReplicationMessage): boolean {
    if (message.kind === 'keepalive' || !isChange(message)) return false;
    this.change(message, message.raw);
    return true;
  }

  private async handle(message: ReplicationMessage, mayRunAhead: boolean): Promise<void> {
    switch (message.kind) {
      case 'relation':
        if (this.incoming === null) return this.shapes.learn(message);
        if (message.raw !== undefined) this.incoming.keep(message.xid ?? 0, message.raw);
        return this.incoming.shapes.learn(message);
      case 'begin':
        this.inTransaction = true;
        return;
      case 'commit':
        return this.commit(message);
      case 'keepalive':
        return this.advance(message.lsn);
      case 'streamStart':
        return this.streamStart(message.xid, mayRunAhead);
      case 'streamStop':
        await this.incoming?.flush();
        this.incoming = null;
        return;
      case 'streamAbort':
        return this.streamAbort(message.xid, message.subXid);
      case 'streamCommit':
        return this.streamCommit(message.xid, message);
      default:
    }
  }

  private change(message: ChangeMessage, raw: RawMessage | undefined): void {
    const { incoming } = this;
    if (incoming === null) {
      this.stepAside();
      this.append(message, this.shapes);
      return;
    }
    if (raw !== undefined) incoming.keep(message.xid ?? 0, raw);
    if (incoming === this.ahead) this.append(message, incoming.shapes);
  }

  private append(message: ChangeMessage, shapes: Shapes): void {
    appendChanges(message, shapes, this.changes);
    this.hasChanges = true;
  }

  private streamStart(xid: number, mayRunAhead: boolean): void {
    let transaction = this.open.get(xid);
    if (transaction === undefined) {
      transaction = new OpenTransaction(this.shapes);
      if (mayRunAhead && this.open.size === 0) this.ahead = transaction;
      this.open.set(xid, transaction);
    }
    transaction.lastAt = Date.now();
    this.incoming = transaction;
  }

  private async streamAbort(xid: number, subXid: number): Promise<void> {
    const transaction = this.open.get(xid);
    if (transaction === undefined) return;
    const gone = xid === subXid || transaction.rollBackTo(subXid);
    if (gone && transaction === this.ahead) this.stepAside();
    if (xid !== subXid) return;
    this.open.delete(xid);
    await transaction.close();
  }

  private async streamCommit(xid: number, commit: CommitFacts): Promise<void> {
    const transaction = this.open.get(xid);
    if (transaction === undefined) return this.commit(commit);
    this.open.delete(xid);
    if (transaction === this.ahead) {
      this.ahead = null;
      this.shapes.adopt(transaction.shapes);
      this.closeTransaction(commit);
      await transaction.close();
      return;
    }
    this.stepAside();
    this.inTransaction = true;
    const from = transaction.messages();
    this.replay = {
      from,
      end: async () => {
        this.replay = null;
        await transaction.close();
        this.closeTransaction(commit);
      },
    };
    await this.replayPiece();
  }

  private async replayPiece(): Promise<void> {
    const { replay } = this;
    const piece = await replay?.from.next();
    if (piece?.done !== false) return replay?.end();
    for (const message of piece.value) {
      if (message.kind === 'relation') this.shapes.learn(message);
      else if (isChange(message)) this.append(message, this.shapes);
    }
  }

  private commit(commit: CommitFacts): void {
    if (this.ahead === null) return this.closeTransaction(commit);
    // Its first change would have taken back what is given out ahead: it had none of ours. Such
    // transactions come from servers before 15, and what is given out belongs to another one.
    this.inTransaction = false;
    this.advance(commit.endLsn);
  }

  private closeTransaction(commit: CommitFacts): void {
    this.flushChanges();
    this.inTransaction = false;
    this.advance(commit.endLsn);
    if (!this.hasChanges) return;
    this.hasChanges = false;
    const time = new Date(Number(commit.commitTime / MICROS_PER_MILLI));
    this.events.push({ kind: 'commit', position: formatLsnFixed(commit.endLsn), time });
  }

  private stepAside(): void {
    if (this.ahead === null) return;
    this.ahead = null;
    this.changes = [];
    this.hasChanges = false;
    this.events.push({ kind: 'discard' });
  }

  private flushChanges(): void {
    if (this.changes.length > 0) this.events.push({ kind: 'changes', changes: this.changes });
    this.changes = [];
  }

  private advance(lsn: Lsn): void {
    if (!this.inTransaction && lsn > this.seen) this.seen = lsn;
  }
}

function isChange(message: PgOutputMessage): message is ChangeMessage {
  const { kind } = message;
  return kind === 'insert' || kind === 'update' || kind === 'delete' || kind === 'truncate';
}
