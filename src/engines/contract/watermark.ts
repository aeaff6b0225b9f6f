import type { ChunkStream, StageRef } from './full-sync.js';
import type { Finding, TableModel } from './schema.js';

/** A watermark as text that the source's type reads back without loss. */
export type Watermark = string;

export interface WatermarkRange {
  readonly column: string;
  /** Rows with column >= from; null: from the lowest. */
  readonly from: Watermark | null;
  /** Rows with column <= to. */
  readonly to: Watermark;
}

/** Following a table by a column that grows with every insert and update. */
export interface WatermarkSource {
  /** Nullable, unindexed or decreasing columns, and that deletes are not seen. */
  findings(model: TableModel, column: string): Promise<readonly Finding[]>;
  /**
   * How far it is safe to read: below the start of the oldest running transaction where that can be
   * seen, else now minus the overlap; null when there is nothing above `from`. For columns that are
   * not times: the highest value that no running transaction can still undercut.
   */
  upperBound(
    model: TableModel,
    column: string,
    from: Watermark | null,
    overlapMs: number,
  ): Promise<Watermark | null>;
  /**
   * Where a read of about `maxRows` rows of the range ends: `range.to`, or a value below it and
   * above `range.from`. Rows of one value are never parted.
   */
  pageEnd(model: TableModel, range: WatermarkRange, maxRows: number): Promise<Watermark>;
  /** Rows of the range in one stream, under a snapshot of its own. */
  read(model: TableModel, range: WatermarkRange, wire: string): Promise<ChunkStream>;
  /**
   * `watermark` minus the overlap, in the column's own type; the same where the type knows no
   * duration (a number).
   */
  minus(
    model: TableModel,
    column: string,
    watermark: Watermark,
    overlapMs: number,
  ): Promise<Watermark>;
}

export interface UpsertOptions {
  /**
   * Rows that this column marks as deleted are removed from the target: true, a number other than
   * 0, or, for other types, anything but NULL.
   */
  readonly softDeleteColumn?: string;
}

export interface WatermarkTarget {
  /** The highest watermark in rows that are already there, or null (also without a table). */
  highest(model: TableModel, stage: StageRef, column: string): Promise<Watermark | null>;
  /** Store a watermark without rows; asserts the table's fence. Null: from the lowest. */
  keep(stage: StageRef, watermark: Watermark | null): Promise<void>;
  /**
   * Upsert the stream by key and store the watermark, in one transaction that asserts the table's
   * fence. Rows that are equal already are not written again. Throws KEY_MISSING.
   */
  upsert(
    model: TableModel,
    stage: StageRef,
    stream: ChunkStream,
    watermark: Watermark,
    options?: UpsertOptions,
  ): Promise<{ read: number; written: number }>;
  /** Remove every row that the column marks as deleted (a full sync brings them along). */
  removeMarked(stage: StageRef, softDeleteColumn: string): Promise<number>;
}
