import type { Change } from '../../../core/change.js';
import { SluiceError } from '../../../core/errors.js';
import type { FeedEvent, FeedReader, Position } from '../../contract/feed.js';
import type { ReplicationMessage } from '../replication/frame-queue.js';
import type { Lsn } from '../replication/lsn.js';
import { formatLsnFixed, parseLsn } from '../replication/lsn.js';
import type { ReplicationClient } from '../replication/replication-client.js';
import type { ReplicationStream } from '../replication/replication-stream.js';
import { Shapes } from './shapes.js';
import { appendChanges } from './to-changes.js';

const MICROS_PER_MILLI = 1000n;
/** Idle positions for somebody who waits for them. */
const EAGER_INTERVAL_MS = 100;

export interface ReaderOptions {
  readonly from: Position;
  /**
   * A checkpoint without rows is written at most this often: writing it makes log, and where the
   * target is on the same server that log comes back as the next reason for one.
   */
  readonly idleIntervalMs: number;
}

/** Turns the messages of one stream into events: whole transactions, in commit order. */
export class PostgresFeedReader implements FeedReader {
  private readonly shapes = new Shapes();
  private inTransaction = false;
  private transactionHasChanges = false;
  /** Highest position up to which nothing is left to say. */
  private seen: Lsn;
  private told: Lsn;
  private lastTold = 0;
  private eager = false;

  constructor(
    private readonly client: ReplicationClient,
    private readonly stream: ReplicationStream,
    private readonly options: ReaderOptions,
  ) {
    this.seen = this.told = parseLsn(options.from);
  }

  async read(waitMs: number, eager = false): Promise<readonly FeedEvent[]> {
    this.eager = eager;
    const deadline = Date.now() + waitMs;
    for (;;) {
      const patience = Math.max(0, Math.min(deadline, this.idleDue()) - Date.now());
      const batch = await this.stream.nextBatch(patience);
      if (batch === undefined) throw closed();
      const events = this.translate(batch);
      this.appendIdle(events);
      if (events.length > 0 || Date.now() >= deadline) return events;
    }
  }

  acknowledge(position: Position): void {
    this.stream.acknowledge(parseLsn(position));
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  private translate(batch: readonly ReplicationMessage[]): FeedEvent[] {
    const events: FeedEvent[] = [];
    let changes: Change[] = [];
    for (const message of batch) {
      switch (message.kind) {
        case 'insert':
        case 'update':
        case 'delete':
        case 'truncate':
          appendChanges(message, this.shapes, changes);
          this.transactionHasChanges = true;
          break;
        case 'commit':
          this.closeTransaction(message, changes, events);
          changes = [];
          break;
        default:
          this.note(message);
      }
    }
    if (changes.length > 0) events.push({ kind: 'changes', changes });
    return events;
  }

  private note(message: ReplicationMessage): void {
    if (message.kind === 'relation') this.shapes.learn(message);
    else if (message.kind === 'begin') this.inTransaction = true;
    else if (message.kind === 'keepalive') this.advance(message.lsn);
    else if (message.kind.startsWith('stream')) {
      throw new SluiceError('FEED_CHANGED', 'The source streams open transactions unasked.', {
        remedy: 'Check that no proxy alters the replication connection.',
      });
    }
  }

  private closeTransaction(
    commit: { readonly endLsn: Lsn; readonly commitTime: bigint },
    changes: readonly Change[],
    events: FeedEvent[],
  ): void {
    if (changes.length > 0) events.push({ kind: 'changes', changes });
    this.inTransaction = false;
    this.advance(commit.endLsn);
    // Transactions without changes of ours come from servers before 15.
    if (!this.transactionHasChanges) return;
    this.transactionHasChanges = false;
    const time = new Date(Number(commit.commitTime / MICROS_PER_MILLI));
    events.push({ kind: 'commit', position: formatLsnFixed(commit.endLsn), time });
    this.told = commit.endLsn;
    this.lastTold = Date.now();
  }

  private advance(lsn: Lsn): void {
    if (!this.inTransaction && lsn > this.seen) this.seen = lsn;
  }

  private appendIdle(events: FeedEvent[]): void {
    if (this.inTransaction || Date.now() < this.idleDue()) return;
    this.told = this.seen;
    this.lastTold = Date.now();
    events.push({ kind: 'idle', position: formatLsnFixed(this.seen) });
  }

  /** When the next idle event may be sent; never while there is nothing to tell. */
  private idleDue(): number {
    if (this.seen <= this.told || this.inTransaction) return Number.POSITIVE_INFINITY;
    return this.lastTold + (this.eager ? EAGER_INTERVAL_MS : this.options.idleIntervalMs);
  }
}

function closed(): SluiceError {
  return new SluiceError('CANCELLED', 'The change feed was closed while it was read.');
}
