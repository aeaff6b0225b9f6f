/**
 * The contract between Sluice and a database engine. Shared code knows only this; what an engine
 * cannot do is a flag in its capabilities, never an exception in the middle of a run.
 */
import type { FeedKind } from '../core/feed-kind.js';
import type { TableName } from '../core/names.js';
import type { SourceCare } from './contract/care.js';
import type { ControlTables } from './contract/control-tables.js';
import type { ChangeFeed, Position } from './contract/feed.js';
import type { FullSyncSource, FullSyncTarget } from './contract/full-sync.js';
import type { LaneWriter } from './contract/lane.js';
import type { ResetTriggerSource } from './contract/reset-trigger.js';
import type { DatabaseIdentity, Finding, SchemaTarget, TableModel } from './contract/schema.js';
import type { RepairTarget, VerifyDatabase } from './contract/verify.js';
import type { WatermarkSource, WatermarkTarget } from './contract/watermark.js';
import type { StateStore } from '../state/store.js';
import type { ConnectionResolver } from './contract/connection.js';

export interface Capabilities {
  /** The change feeds that a source can have, best first. Default: none. */
  readonly feeds: readonly FeedKind[];
  /** A target can check foreign keys when a transaction ends, so that circles of them hold too. Default: no. */
  readonly deferredForeignKeys?: boolean;
}

/** Shared by both sides. A database object owns its connections; `close` ends them all. */
export interface Database {
  /** Formats of changes that it can send (source) or write (target), best first. */
  readonly wires: readonly string[];
  identity(): Promise<DatabaseIdentity>;
  /** Connections, versions, permissions, settings: each finding a sentence with its remedy. */
  preflight(): Promise<readonly Finding[]>;
  readonly verify: VerifyDatabase;
  /**
   * End, on the server, the long statements that its sessions run at this moment; each fails with
   * SERVER_BUSY and what it began is rolled back. Lanes and the state are left alone.
   */
  interrupt(): Promise<void>;
  close(): Promise<void>;
}

export interface SourceDatabase extends Database {
  /**
   * Every table a user could mean (or just `only`), with the findings of those that cannot follow.
   */
  listTables(only?: readonly TableName[]): Promise<readonly TableModel[]>;
  /** The names of `listTables()`, for a look every few seconds; default: taken from there. */
  tableNames?(): Promise<readonly TableName[]>;
  /**
   * Tables that their owners have made ready to be followed, one by one. Default: this source has no
   * such thing.
   */
  offeredTables?(): Promise<readonly TableName[]>;
  /** Everything else that follows: views, routines, foreign keys, sequences; opaque outside. */
  readSchema(): Promise<unknown>;
  /** The same object at every call. */
  feed(kind: FeedKind): ChangeFeed;
  /** What a table's change of fingerprint asks for; pure. */
  compareFingerprints(before: string, after: string): FingerprintVerdict;
  readonly fullSync: FullSyncSource;
  readonly watermark: WatermarkSource;
  readonly resetTriggers: ResetTriggerSource;
  readonly care: SourceCare;
}

export interface TargetDatabase extends Database, RepairTarget {
  readonly state: StateStore;
  readonly schema: SchemaTarget;
  readonly fullSync: FullSyncTarget;
  readonly watermark: WatermarkTarget;
  /**
   * Become the lane's only owner: raise its fence, end the former owner's session, read the
   * checkpoint. `start` is used where there is no checkpoint yet.
   */
  claimLane(laneId: string, owner: string): Promise<LaneWriter>;
  /** Whether somebody keeps writers of this table waiting. Takes no lock. Default: nobody does. */
  isLocked?(table: TableName): Promise<boolean>;
  /** Bytes that the disk of its tables still has; null, and the default: that cannot be known. */
  freeBytes?(): Promise<number | null>;
}

/** none: nothing that matters; heal: alter the target in place; resync: copy again. */
export interface FingerprintVerdict {
  readonly action: 'none' | 'heal' | 'resync';
  readonly reason: string;
  /** Columns that have another name now; told from drop and add by their number. */
  readonly renamed: readonly { readonly from: string; readonly to: string }[];
  readonly dropped: readonly string[];
}

/** What opening a database needs beyond the engine's own connection settings. */
export interface OpenOptions {
  readonly applicationName: string;
  readonly signal?: AbortSignal;
  /** What the configuration of the source or target says, the engine's own keys among it. */
  readonly own?: Readonly<Record<string, unknown>>;
}

export interface TargetOpenOptions extends OpenOptions {
  /** The source, for the rows that only it still has (an unchanged large value). */
  readonly peer?: () => Promise<SourceDatabase>;
  /**
   * The target's foreign keys are checked for what is written, at the end of each transaction, and
   * its triggers fire. Default: both stay quiet.
   */
  readonly enforceForeignKeys?: boolean;
}

export interface Engine {
  readonly name: string;
  readonly capabilities: Capabilities;
  openSource(connection: ConnectionResolver, options: OpenOptions): Promise<SourceDatabase>;
  openTarget(connection: ConnectionResolver, options: TargetOpenOptions): Promise<TargetDatabase>;
  /**
   * Create the database named in the connection when it is not there. Returns what of it is not as
   * on the source, when it was made and something is not.
   */
  createDatabase(
    connection: ConnectionResolver,
    options: OpenOptions & { readonly like: SourceDatabase },
  ): Promise<string | null>;
  /** What stands against that, looked at without making anything. Default: nothing is known. */
  createDatabaseFindings?(
    connection: ConnectionResolver,
    options: OpenOptions,
  ): Promise<readonly Finding[]>;
  /** Default: no database of this engine can hold control tables. */
  openControlTables?(connection: ConnectionResolver, options: OpenOptions): ControlTables;
  /** Compare two positions of this engine's feed. */
  comparePositions(a: Position, b: Position): number;
}
