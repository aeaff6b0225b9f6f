/** What `sluice` remembers of the past: errors, events, verifications; and how it is forgotten. */
import type { TableName } from '../core/names.js';

export interface ErrorRow {
  readonly errorId: string;
  readonly pipeline: string;
  readonly target: string;
  readonly table: TableName | null;
  readonly code: string;
  readonly message: string;
  readonly remedy: string | null;
  readonly occurrences: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  readonly resolvedAt: Date | null;
}

export interface EventRow {
  readonly eventId: string;
  readonly at: Date;
  readonly pipeline: string;
  readonly target: string | null;
  readonly table: TableName | null;
  readonly level: 'debug' | 'info' | 'warning' | 'error';
  readonly kind: string;
  readonly message: string;
}

/** One row whose two sides differed; the key as text, never another value. */
export interface DifferenceRow {
  readonly table: TableName;
  readonly key: string;
  readonly difference: string;
  readonly repaired: boolean;
}

/** A full sync that became visible. */
export interface FullSyncRow {
  readonly tableId: string;
  readonly epoch: string;
  readonly rows: number;
  readonly startedAt: Date;
  readonly finishedAt: Date;
}

/** A verification that has ended. */
export interface VerificationRow {
  readonly verificationId: string;
  readonly tableId: string;
  readonly result: string;
  readonly sourceRows: number;
  readonly targetRows: number;
  readonly differences: number;
  readonly message: string;
  readonly finishedAt: Date;
}

export interface HistoryStore {
  /** Version of the `sluice` schema in this target; 0 when it is not there. */
  version(): Promise<number>;
  /** Newest first. */
  errors(filter: {
    readonly pipeline: string;
    readonly open: boolean;
    readonly limit: number;
  }): Promise<readonly ErrorRow[]>;
  /** The newest `limit` after the event `after`, oldest first. */
  events(filter: {
    readonly pipeline: string;
    readonly after: string;
    readonly limit: number;
  }): Promise<readonly EventRow[]>;
  /** The last checkpoint of a lane that brought transactions; null before the first. */
  lastCheckpoint(laneId: string): Promise<{ at: Date; transactions: number } | null>;
  /** Rows that differed in each table's newest verification, at most `limit`. */
  differences(pipeline: string, limit: number): Promise<readonly DifferenceRow[]>;
  /** The newest `limit` of a pipeline, newest first. */
  fullSyncs(pipeline: string, limit: number): Promise<readonly FullSyncRow[]>;
  /** The newest `limit` that ended of those after `after`, oldest first. */
  verifications(filter: {
    readonly pipeline: string;
    readonly after: string;
    readonly limit: number;
  }): Promise<readonly VerificationRow[]>;
  /** Rows that the change stream brought to each table since it was new. */
  changeCounts(pipeline: string): Promise<ReadonlyMap<string, number>>;
  /** Forget everything about a pipeline on this target but the replicated tables themselves. */
  forget(pipeline: string, target: string): Promise<void>;
}
