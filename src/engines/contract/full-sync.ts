import type { Readable } from 'node:stream';
import type { FeedKind } from '../../core/feed-kind.js';
import type { TableName } from '../../core/names.js';
import type { Position } from './feed.js';
import type { TableModel } from './schema.js';

/** A part of a table that is copied in one go; the borders are the engine's own text. */
export interface ChunkRange {
  readonly relation: string;
  readonly from: string | null;
  readonly to: string | null;
}

/** Bytes of one chunk in a wire format; the stream ends or fails, it is never held in memory. */
export interface ChunkStream {
  readonly wire: string;
  readonly columns: readonly string[];
  /** Of each column, as formatNeutral writes it; there where the wire is not one engine's raw form. */
  readonly types?: readonly string[];
  readonly bytes: Readable;
  /** Everything that the chunk's snapshot saw lies before; the cut-over waits for the feed to pass. */
  readonly position?: Position;
  close(): Promise<void>;
}

/** A place in one of the source's feeds. */
export interface FeedPlace {
  readonly kind: FeedKind;
  readonly position: Position;
}

export interface FullSyncSource {
  /** Wire formats that this engine can send for the table, best first. */
  wires(model: TableModel): readonly string[];
  /** Ranges that together hold every row that is visible once the hand-over barrier has passed. */
  planChunks(
    model: TableModel,
    chunkBytes: number,
    /** Rows per chunk at most, as far as they can be estimated; default: bytes alone decide. */
    chunkRows?: number,
  ): Promise<readonly ChunkRange[]>;
  /**
   * Read a chunk under a snapshot of its own. Throws FEED_CHANGED when the table was rewritten or
   * re-created since `model.fingerprint`: the epoch starts again. Changes are kept from `keptFrom`
   * on; throws SERVER_BUSY where the server that reads the chunk (a secondary) lags behind that.
   * `now`: a watermark that was read before is followed afterwards, so only the server that takes
   * the writes will do.
   */
  readChunk(
    model: TableModel,
    range: ChunkRange,
    wire: string,
    keptFrom?: FeedPlace | 'now' | null,
  ): Promise<ChunkStream>;
  /**
   * A position of the feed before which everything lies that a reader can see now; null where each
   * chunk carries its own. May wait for the feed to come so far.
   */
  copiedUpTo(kind: FeedKind): Promise<Position | null>;
  /**
   * The rows of these canonical key texts (core/canonical.ts), for a repair. Default: rows of this
   * source are repaired only on a target of its own kind.
   */
  readKeys?(model: TableModel, keys: readonly string[], wire: string): Promise<ChunkStream>;
}

export interface StageRef {
  readonly tableId: string;
  readonly epoch: string;
  /** Owner's fence: every transaction of the step asserts it. */
  readonly fence: string;
  readonly target: TableName;
}

/** How far the partitions of a table are apart; a number: of whole numbers. none: make none. */
export type PartitionPeriod = 'day' | 'week' | 'month' | 'quarter' | 'year' | 'none' | number;

export interface DrainResult {
  readonly drained: number;
  /** Parked rows that were still waiting when the transaction ended. */
  readonly remaining: number;
}

/** How a cut-over makes a staged table visible. */
export type LoadMethod = 'swap' | 'merge' | 'truncate' | 'append' | 'partitionSwitch';

/**
 * The target's side of a full sync. The stage is a table of the target's final shape in a schema
 * of its own; the live table is not touched before the cut-over. All steps are idempotent.
 */
export interface FullSyncTarget {
  wires(model: TableModel): readonly string[];
  /** Drop what an earlier epoch left and create the empty stage. */
  createStage(model: TableModel, stage: StageRef): Promise<void>;
  /**
   * Load one claimed chunk and mark it done in the ledger in the same transaction; `chunkFence` is
   * the fence that the claim returned. Throws FENCED_OUT when someone else claimed it since.
   */
  loadChunk(
    stage: StageRef,
    chunk: { n: number; fence: string },
    stream: ChunkStream,
  ): Promise<{ rows: number; bytes: number }>;
  /**
   * Keys, indexes and checks on the stage, after the load; resumable at each index. Partitions that
   * the rows need are made by `period`; null: as the partitions that are there say.
   */
  finishStage(
    model: TableModel,
    stage: StageRef,
    onStep: (what: string) => void,
    period?: PartitionPeriod | null,
  ): Promise<void>;
  /** Move up to maxRows parked changes, in order, into the stage or the live table. */
  drainParked(stage: StageRef, into: 'stage' | 'live', maxRows: number): Promise<DrainResult>;
  /**
   * How a live table may be replaced, and why: the first that `wanted` allows. With its stage also
   * whether the live table can hold the stage's rows: SCHEMA_MISMATCH when it cannot and may not be
   * exchanged.
   */
  chooseLoad(
    target: TableName,
    wanted: LoadMethod | 'auto',
    stage?: StageRef,
  ): Promise<{ method: LoadMethod; reason: string }>;
  /**
   * The short final transaction under the lane's lock: drain the rest (at most maxRows, otherwise
   * nothing happens and `done` is false), make the stage visible by `swap` or `partitionSwitch`, or
   * resume the live table (`none`), and set the table to streaming. `refused`: why this method came to be
   * impossible; nothing was shown, and chooseLoad gives another one now.
   */
  cutOver(
    stage: StageRef,
    how: CutOverHow,
  ): Promise<{ done: boolean; remaining: number; position: Position; refused?: string }>;
  /** merge and truncate, step 1: under the lane's lock stop applying to the live table. */
  freeze(stage: StageRef, lockTimeoutMs: number): Promise<void>;
  /**
   * Step 2: one transaction that writes only the rows that differ, or all; then the stage may go. It
   * may take hours, so it holds nothing that a lane needs.
   */
  merge(stage: StageRef, options: MergeOptions): Promise<MergeCounts>;
  dropStage(stage: StageRef): Promise<void>;
}

/** What the short final transaction of a cut-over does; none: the rows are in the live table. */
export type FinalMethod = 'swap' | 'partitionSwitch' | 'none';

export interface CutOverHow {
  readonly method: FinalMethod;
  readonly maxRows: number;
  readonly lockTimeoutMs: number;
  /** partitionSwitch: partitions that the source has no row in are left as they are. Default: no. */
  readonly keepsPartitions?: boolean;
}

/** Which of the rows that differ are written. */
export interface MergeOptions {
  readonly deletes: boolean;
  /** False: rows that are there stay as they are, and only those that lack are added; default true. */
  readonly updates?: boolean;
  /**
   * All rows go, by truncation where `load: truncate` asks for it and the server takes it, and those
   * of the stage come; also without a key. Default: no.
   */
  readonly replaces?: boolean;
  /**
   * Partitions that the source has no row in lose none; where they cannot be told, no row is deleted.
   * Default: no.
   */
  readonly keepsPartitions?: boolean;
  /** How long one statement waits for rows in use, while rows written before stay locked. */
  readonly lockTimeoutMs?: number;
}

export interface MergeCounts {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}
