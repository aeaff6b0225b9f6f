import type { Cell } from '../../../core/change.js';
import type { Lsn } from './lsn.js';

/**
 * One row as it came. A cell's bytes (binary or text) are a view of a received network chunk that
 * is never written to again; keeping one keeps its chunk.
 */
export interface TupleData {
  readonly cells: readonly Cell[];
  /** Per column whether the bytes are text; null says that every value is binary. */
  readonly text: readonly boolean[] | null;
}

interface Positioned {
  /** Where this record starts in the log; 0 where the server gives none. */
  readonly lsn: Lsn;
}

/**
 * What follows may belong to a transaction that is still open on the source (streaming). `xid` is
 * then its (sub)transaction, which a later streamAbort may name; undefined outside of streaming.
 */
interface InTransaction extends Positioned {
  readonly xid: number | undefined;
}

export interface BeginMessage extends Positioned {
  readonly kind: 'begin';
  /** Position of the commit record of the transaction that begins here. */
  readonly finalLsn: Lsn;
  /** Microseconds since 1970, UTC. */
  readonly commitTime: bigint;
  readonly xid: number;
}

export interface CommitMessage extends Positioned {
  readonly kind: 'commit';
  readonly commitLsn: Lsn;
  /** First position after the transaction: what to keep as the checkpoint. */
  readonly endLsn: Lsn;
  readonly commitTime: bigint;
}

export interface OriginMessage extends Positioned {
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

export interface InsertMessage extends InTransaction {
  readonly kind: 'insert';
  readonly relationId: number;
  readonly row: TupleData;
}

export interface UpdateMessage extends InTransaction {
  readonly kind: 'update';
  readonly relationId: number;
  /** Key of the row before, only when the key changed (identity columns; the others are null). */
  readonly oldKey: TupleData | null;
  /** The whole row before, only with REPLICA IDENTITY FULL. */
  readonly oldRow: TupleData | null;
  readonly row: TupleData;
}

export interface DeleteMessage extends InTransaction {
  readonly kind: 'delete';
  readonly relationId: number;
  readonly oldKey: TupleData | null;
  readonly oldRow: TupleData | null;
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

export interface StreamStartMessage extends Positioned {
  readonly kind: 'streamStart';
  readonly xid: number;
  readonly isFirst: boolean;
}

export interface StreamStopMessage extends Positioned {
  readonly kind: 'streamStop';
}

export interface StreamCommitMessage extends Positioned {
  readonly kind: 'streamCommit';
  readonly xid: number;
  readonly commitLsn: Lsn;
  readonly endLsn: Lsn;
  readonly commitTime: bigint;
}

/** Undo `subXid` of streamed transaction `xid`; the whole of it when both are equal. */
export interface StreamAbortMessage extends Positioned {
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
