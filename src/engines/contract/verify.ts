import type { CanonicalKind } from '../../core/canonical.js';
import type { TableName } from '../../core/names.js';
import type { Position } from './feed.js';
import type { TableModel } from './schema.js';

export interface Digest {
  readonly rows: number;
  /** Order-independent sum of the rows' hashes as decimal text. */
  readonly hash: string;
}

/** Half-open part of the hash space of the key's canonical text, or a key range of the engine. */
export interface DigestPart {
  readonly id: string;
  readonly digest: Digest;
}

export interface DigestRequest {
  readonly table: TableName;
  readonly columns: readonly string[];
  readonly key: readonly string[];
  /** `native`: both sides are the same engine; `canonical`: text that is equal on every engine. */
  readonly form: 'native' | 'canonical';
  /**
   * The canonical kinds of columns that a side may hold as text because it has no such type: decimal
   * (one without a limit), or text for what travels as text. Default: each column's own.
   */
  readonly kinds?: ReadonlyMap<string, CanonicalKind>;
  /**
   * Only the last rows by key, descending, in the order of the key's own index; null: the whole
   * table. Two sides may mean different rows (core/last-rows.ts).
   */
  readonly lastRows: number | null;
  /**
   * Of the server that takes the writes, and of no replica that may lag behind what the target has:
   * for a table that no feed follows, whose position would tell. Default false.
   */
  readonly current?: boolean;
}

/** One row as both sides can compare it: a digest of the row, never its values. */
export interface RowDigest {
  readonly key: string;
  readonly hash: string;
}

/** A foreign key, by its two sides; there need not be a constraint. */
export interface OrphanRequest {
  readonly table: TableName;
  readonly columns: readonly string[];
  readonly parent: TableName;
  readonly parentColumns: readonly string[];
  readonly key: readonly string[];
  /** Only the last rows of `table` by key, descending; null: all. */
  readonly lastRows: number | null;
}

export interface VerifyDatabase {
  /** One digest of everything the request covers, read in one pass. */
  digest(request: DigestRequest): Promise<Digest>;
  /**
   * Digests of the parts of the key's hash space below each prefix (hex digits, all of one length);
   * `parts` is a power of 16. Parts without rows are left out.
   */
  digestPartsBelow(
    request: DigestRequest,
    prefixes: readonly string[],
    parts: number,
  ): Promise<readonly DigestPart[]>;
  /** The rows of these parts, each as key text and hash. */
  rowsOfParts(request: DigestRequest, prefixes: readonly string[]): Promise<readonly RowDigest[]>;
  /** Read single rows again by their canonical key text. */
  rowsByKey(request: DigestRequest, keys: readonly string[]): Promise<readonly RowDigest[]>;
  /**
   * How many rows have values in all of `columns` that no row of the parent has. Reads rows as
   * digests do: no writer waits for it.
   */
  orphans(request: OrphanRequest): Promise<number>;
  /** The feed's end (source) or null (target), to know when a difference has to be settled. */
  position(): Promise<Position | null>;
}

export interface RepairTarget {
  /**
   * Make these rows (canonical key texts) equal to the source's: copied from there, or deleted
   * here. With a lane its row is locked meanwhile, so that no older value comes back. Returns how
   * many rows were written or deleted.
   */
  repairRows(
    model: TableModel,
    target: TableName,
    keys: readonly string[],
    laneId: string | null,
  ): Promise<number>;
}
