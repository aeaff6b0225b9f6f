import type { AsText } from '../../core/as-text.js';
import type { Change } from '../../core/change.js';
import type { FeedKind } from '../../core/feed-kind.js';
import type { TableName } from '../../core/names.js';
import type { Finding } from './schema.js';

/** A place in a feed as fixed-width text that sorts like the feed; opaque outside the engine. */
export type Position = string;

/**
 * What a feed delivers, in source order. `changes` belong to the transaction that the next
 * `commit` closes; they may come while it is still open on the source. Everything is delivered
 * again after a reconnect from the acknowledged position.
 */
export type FeedEvent =
  | { readonly kind: 'changes'; readonly changes: readonly Change[] }
  /** `position` is where reading may start again once this transaction is on the target. */
  | { readonly kind: 'commit'; readonly position: Position; readonly time: Date }
  /**
   * The changes since the last `commit` are not committed next: undo them. They come again, with
   * their commit, unless their transaction was rolled back.
   */
  | { readonly kind: 'discard' }
  /** Nothing happened up to here: the checkpoint may move without any rows. */
  | { readonly kind: 'idle'; readonly position: Position }
  /** Changes of this one table can not be read any more: it needs a new copy, the others go on. */
  | { readonly kind: 'lost'; readonly table: TableName; readonly reason: string };

export interface FeedReader {
  /**
   * The next events, as many as are at hand (at least one). Resolves with an empty array when
   * nothing came within `waitMs` (0: nothing is at hand), and rejects with a SluiceError when the feed breaks. Idle
   * positions come every few seconds, with `eager` at once: a cut-over waits for the position.
   */
  read(waitMs: number, eager: boolean): Promise<readonly FeedEvent[]>;
  /** The target has this durably; only now may the source forget it. */
  acknowledge(position: Position): void;
  close(): Promise<void>;
}

/** Names a feed on the source: one per pipeline, target and kind. */
export interface FeedName {
  readonly kind: FeedKind;
  readonly pipeline: string;
  readonly target: string;
  /** Names that a DBA made and the config handed over; then nothing is created or dropped. */
  readonly publication?: string;
  readonly slot?: string;
  readonly mayCreate: boolean;
  /** The engine's own keys of the source in the configuration. */
  readonly own?: Readonly<Record<string, unknown>>;
}

export interface FeedGap {
  /** One sentence: which end does not fit and why. */
  readonly reason: string;
}

/** A table's place in a feed. */
export interface FeedMembership {
  readonly table: TableName;
  /** Another one means that the table was out of the feed meanwhile; null: it is not in it. */
  readonly mark: string | null;
  /** Why the source's own users suffer from the table being in the feed; null: they do not. */
  readonly harm: string | null;
}

export interface FeedHealth {
  /** Log that the source keeps for this feed alone; null: none. */
  readonly retainedBytes: number | null;
  /**
   * After how long the source cleans a change away, read or not. Default, and null: never, or it
   * cannot be known.
   */
  readonly keepsSeconds?: number | null;
  /** Somebody reads it at this moment; default: not known. */
  readonly inUse?: boolean;
  readonly findings: readonly Finding[];
}

/** One ordered feed of the changes of all its tables; read by one lane for each target. */
export interface ChangeFeed {
  /** Create what reading needs, where allowed; returns the position from which it can be read. */
  prepare(name: FeedName): Promise<{ position: Position; created: readonly string[] }>;
  /** Put tables into the feed; committed when it returns. Refuses a table without a usable key. */
  addTables(name: FeedName, tables: readonly TableName[]): Promise<void>;
  /** What `addTables` would make for each of them, as `makes`. Default: nothing of their own. */
  missingFor?(name: FeedName, tables: readonly TableName[]): Promise<readonly Finding[]>;
  removeTables(name: FeedName, tables: readonly TableName[]): Promise<void>;
  memberships(name: FeedName, tables: readonly TableName[]): Promise<readonly FeedMembership[]>;
  /**
   * After a gap: like `prepare`, but what cannot be read any more and was made by Sluice is made
   * again.
   */
  renew(name: FeedName): Promise<{ position: Position; created: readonly string[] }>;
  /**
   * Let go of the log: end whoever reads it for this feed and drop the slot that Sluice made. False
   * when it was not Sluice that made it; then nothing happens.
   */
  release(name: FeedName): Promise<boolean>;
  /** A position as the source's own tools write it; null when it is none. Default: none is known. */
  readPosition?(text: string): Position | null;
  /** The source's present end, read independently of any stream. */
  end(): Promise<Position>;
  /** Bytes between two positions, for lag; null: the feed does not know the size of what lies there. */
  distance(from: Position, to: Position): number | null;
  /** Whether a checkpoint fits the feed: null when it does. `lineage` is what it was made under. */
  findGap(
    name: FeedName,
    checkpoint: {
      position: Position;
      lineage: string;
      /** The last source transaction that the target has; null: none since its position was set. */
      last?: { position: Position; time: Date | null } | null;
      /** When it was made, by the clock of the target; default: not known. */
      movedAt?: Date;
    },
  ): Promise<FeedGap | null>;
  /**
   * A mark for the hand-over: `passed` turns true once every source transaction that was running
   * when the mark was taken has ended; `waitingFor` names the oldest for `status`.
   */
  takeBarrier(): Promise<string>;
  barrierPassed(barrier: string): Promise<{ passed: boolean; waitingFor: string | null }>;
  open(name: FeedName, from: Position, options: FeedOptions): Promise<FeedReader>;
  /** Retained log in bytes, state of the slot and so on, for status and alerts. */
  health(name: FeedName): Promise<FeedHealth>;
  /** Drop what Sluice created (never what a DBA made). */
  drop(name: FeedName): Promise<readonly string[]>;
  /** What `drop` would drop now, as it says it. Not offered: all that sluice.owned names. */
  drops?(name: FeedName): Promise<readonly string[]>;
  /** What may have been switched on for it and stays on after `drop`, each with how to end it. */
  stays?(): Promise<readonly string[]>;
  /**
   * Targets of a pipeline for which Sluice made something on this source, also those that its
   * configuration lacks by now. Default: none that keeps log.
   */
  targetsOf?(pipeline: string): Promise<readonly string[]>;
}

export interface FeedOptions {
  /** The format of the changes: one that both ends have in `wires`. */
  readonly wire: string;
  /** Bytes that may wait in memory for the consumer before reading from the network stops. */
  readonly maxBufferedBytes: number;
  /**
   * The tables whose changes are wanted at this moment, for feeds that read table by table. Asked
   * before each look; a table that comes later is copied after that. Default: all of the feed.
   */
  readonly wanted?: () => readonly TableName[];
  /** Columns that travel as text, of tables whose changes are neutral. Default: none. */
  readonly asText?: AsText;
  /** A feed that has to be asked is asked at least this often; one that is told says where it is. */
  readonly pollMs?: number;
}
