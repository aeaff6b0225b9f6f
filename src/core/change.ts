import type { TableName } from './names.js';
import type { PackedRow } from './packed-row.js';

/** A column's value that the feed left out because the update did not touch it (large values). */
export const UNCHANGED: unique symbol = Symbol('unchanged');

/** A value in the source's wire format; null is SQL NULL. */
export type Cell = Buffer | null | typeof UNCHANGED;

export interface ShapeColumn {
  readonly name: string;
  /** The source engine's own type name or number; only engines look inside. */
  readonly type: string;
  readonly key: boolean;
}

/**
 * The columns that a run of changes has, as they were when the changes left the source.
 * Compared by identity: a feed makes one object per announced shape.
 */
export interface Shape {
  readonly table: TableName;
  readonly columns: readonly ShapeColumn[];
  /** How the cells are encoded; an engine applies the formats it knows and decodes the others. */
  readonly wire: string;
}

/** i insert, u update, d delete, t truncate */
export type ChangeOp = 'i' | 'u' | 'd' | 't';

/**
 * One change of one row. `oldKey` is full width with only the key columns set (and is there only
 * when the key changed or the row was deleted); `row` is the row after the change.
 * `formats[i]` is the cell's own format where a wire mixes two (0 text, 1 binary).
 */
export interface Change {
  readonly shape: Shape;
  readonly op: ChangeOp;
  readonly oldKey: readonly Cell[] | null;
  readonly row: readonly Cell[] | null;
  readonly formats: Uint8Array | null;
  readonly oldKeyFormats: Uint8Array | null;
  /**
   * `row` and `oldKey` with their formats as they came, from a feed that has them so; the four are
   * made from these when they are asked for. See rowImage and oldImage.
   */
  readonly packedRow?: PackedRow | null;
  readonly packedOld?: PackedRow | null;
  /** Size on the wire in bytes, for budgets. */
  readonly bytes: number;
}
