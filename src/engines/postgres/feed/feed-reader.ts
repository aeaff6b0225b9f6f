import { SluiceError } from '../../../core/errors.js';
import type { FeedEvent, FeedReader, Position } from '../../contract/feed.js';
import type { Lsn } from '../replication/lsn.js';
import { formatLsnFixed, parseLsn } from '../replication/lsn.js';
import type { ReplicationClient } from '../replication/replication-client.js';
import type { ReplicationStream } from '../replication/replication-stream.js';
import { TransactionEvents } from './transactions.js';

/** Idle positions for somebody who waits for them. */
const EAGER_INTERVAL_MS = 100;
/** An open transaction of which nothing came for so long is not held open on the target too. */
const OPEN_PATIENCE_MS = 3_000;

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
  private readonly transactions: TransactionEvents;
  private told: Lsn;
  private lastTold = 0;
  private eager = false;

  constructor(
    private readonly client: ReplicationClient,
    private readonly stream: ReplicationStream,
    private readonly options: ReaderOptions,
  ) {
    this.told = parseLsn(options.from);
    this.transactions = new TransactionEvents(this.told);
  }

  async read(waitMs: number, eager = false): Promise<readonly FeedEvent[]> {
    this.eager = eager;
    const deadline = Date.now() + waitMs;
    for (;;) {
      const events = await this.nextEvents(deadline);
      this.appendIdle(events);
      if (events.length > 0 || Date.now() >= deadline) return events;
    }
  }

  acknowledge(position: Position): void {
    this.stream.acknowledge(parseLsn(position));
  }

  async close(): Promise<void> {
    await this.client.close();
    await this.transactions.close();
  }

  private async nextEvents(deadline: number): Promise<FeedEvent[]> {
    const { transactions } = this;
    if (!transactions.hasMore) {
      const patience = Math.max(0, Math.min(deadline, this.idleDue()) - Date.now());
      const batch = await this.stream.nextBatch(patience);
      if (batch === undefined) throw closed();
      transactions.offer(batch);
    }
    transactions.discardStalled(OPEN_PATIENCE_MS);
    const events = await transactions.take(!this.eager);
    this.stream.gather = transactions.isStreaming;
    const commit = events.findLast((event) => event.kind === 'commit');
    if (commit !== undefined) this.tell(parseLsn(commit.position));
    return events;
  }

  private appendIdle(events: FeedEvent[]): void {
    if (Date.now() < this.idleDue()) return;
    this.tell(this.transactions.seen);
    events.push({ kind: 'idle', position: formatLsnFixed(this.told) });
  }

  private tell(position: Lsn): void {
    this.told = position;
    this.lastTold = Date.now();
  }

  /** When the next idle event may be sent; never while there is nothing to tell. */
  private idleDue(): number {
    const { seen, isWithin } = this.transactions;
    if (seen <= this.told || isWithin) return Number.POSITIVE_INFINITY;
    return this.lastTold + (this.eager ? EAGER_INTERVAL_MS : this.options.idleIntervalMs);
  }
}

function closed(): SluiceError {
  return new SluiceError('CANCELLED', 'The change feed was closed while it was read.');
}
