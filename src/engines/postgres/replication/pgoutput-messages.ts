import type { PackedRow } from '../../../core/packed-row.js';
import type { Lsn } from './lsn.js';

/**
 * What follows may belong to a transaction that is still open on the source (streaming). `xid` is
 * then its (sub)transaction, which a later streamAbort may name; undefined outside of streaming.
 */
interface InTransaction {
  readonly xid: number | undefined;
}

export interface BeginMessage {
  readonly kind: 'begin';
  /** Position of the commit record of the transaction that begins here. */
  readonly finalLsn: Lsn;
  /** Microseconds since 1970, UTC. */
  readonly commitTime: bigint;
  readonly xid: number;
}

export interface CommitMessage {
  readonly kind: 'commit';
  readonly commitLsn: Lsn;
  /** First position after the transaction: what to keep as the checkpoint. */
  readonly endLsn: Lsn;
  readonly commitTime: bigint;
}

export interface OriginMessage {
  readonly kind: 'origin';
  readonly originLsn: Lsn;
  readonly name: string;
}

export interface RelationColumn {
  readonly name: string;
  readonly typeOid: number;
  readonly typeModifier: number;
  /** Part of the replica identity. */
  readonly isKey: boolean;
}

export interface RelationMessage extends InTransaction {
  readonly kind: 'relation';
  readonly relationId: number;
  /** Empty for pg_catalog. */
  readonly schema: string;
  readonly table: string;
  readonly replicaIdentity: 'default' | 'nothing' | 'full' | 'index';
  readonly columns: readonly RelationColumn[];
}

export interface TypeMessage extends InTransaction {
  readonly kind: 'type';
  readonly typeOid: number;
  readonly schema: string;
  readonly name: string;
}

/** Rows are views of a received network chunk that is never written to again: they keep it. */
export interface InsertMessage extends InTransaction {
  readonly kind: 'insert';
  readonly relationId: number;
  readonly row: PackedRow;
}

export interface UpdateMessage extends InTransaction {
  readonly kind: 'update';
  readonly relationId: number;
  /** Key of the row before, only when the key changed (identity columns; the others are null). */
  readonly oldKey: PackedRow | null;
  /** The whole row before, only with REPLICA IDENTITY FULL. */
  readonly oldRow: PackedRow | null;
  readonly row: PackedRow;
}

export interface DeleteMessage extends InTransaction {
  readonly kind: 'delete';
  readonly relationId: number;
  readonly oldKey: PackedRow | null;
  readonly oldRow: PackedRow | null;
}

export interface TruncateMessage extends InTransaction {
  readonly kind: 'truncate';
  readonly relationIds: readonly number[];
  readonly cascade: boolean;
  readonly restartIdentity: boolean;
}

/** pg_logical_emit_message on the source. */
export interface LogicalMessage extends InTransaction {
  readonly kind: 'message';
  readonly transactional: boolean;
  readonly messageLsn: Lsn;
  readonly prefix: string;
  readonly content: Buffer;
}

export interface StreamStartMessage {
  readonly kind: 'streamStart';
  readonly xid: number;
  readonly isFirst: boolean;
}

export interface StreamStopMessage {
  readonly kind: 'streamStop';
}

export interface StreamCommitMessage {
  readonly kind: 'streamCommit';
  readonly xid: number;
  readonly commitLsn: Lsn;
  readonly endLsn: Lsn;
  readonly commitTime: bigint;
}

/** Undo `subXid` of streamed transaction `xid`; the whole of it when both are equal. */
export interface StreamAbortMessage {
  readonly kind: 'streamAbort';
  readonly xid: number;
  readonly subXid: number;
}

export type ChangeMessage = InsertMessage | UpdateMessage | DeleteMessage | TruncateMessage;

export type PgOutputMessage =
  | BeginMessage
  | CommitMessage
  | OriginMessage
  | RelationMessage
  | TypeMessage
  | ChangeMessage
  | LogicalMessage
  | StreamStartMessage
  | StreamStopMessage
  | StreamCommitMessage
  | StreamAbortMessage;
