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
   */
  readChunk(
    model: TableModel,
    range: ChunkRange,
    wire: string,
    keptFrom?: FeedPlace | null,
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
  /** Keys, indexes and checks on the stage, after the load; resumable at each index. */
  finishStage(model: TableModel, stage: StageRef, onStep: (what: string) => void): Promise<void>;
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
   * nothing happens and `done` is false), make the stage visible by `swap` or `truncate`, or resume
   * the live table (`none`), and set the table to streaming.
   */
  cutOver(
    stage: StageRef,
    how: { method: FinalMethod; maxRows: number; lockTimeoutMs: number },
  ): Promise<{ done: boolean; remaining: number; position: Position }>;
  /** merge, step 1: under the lane's lock stop applying to the live table. */
  freeze(stage: StageRef, lockTimeoutMs: number): Promise<void>;
  /** merge, step 2: one transaction that writes only the rows that differ; then the stage may go. */
  merge(stage: StageRef, options: MergeOptions): Promise<MergeCounts>;
  dropStage(stage: StageRef): Promise<void>;
}

/** What the short final transaction of a cut-over does; none: the rows are in the live table. */
export type FinalMethod = 'swap' | 'truncate' | 'partitionSwitch' | 'none';

/** Which of the rows that differ are written. */
export interface MergeOptions {
  readonly deletes: boolean;
  /** False: rows that are there stay as they are, and only those that lack are added; default true. */
  readonly updates?: boolean;
}

export interface MergeCounts {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}
