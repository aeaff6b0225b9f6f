/**
 * PostgreSQL's own model of a table. Every text that came from the server (types, expressions,
 * definitions) was written under `search_path = pg_catalog`, so it names everything else in full.
 */
import type { PgObject, PgSequence } from './object-model.js';

export interface SequenceUse {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  /** How the default's text names it: a quoted literal with its cast to regclass. */
  readonly literal: string;
}

export interface PgColumn {
  /** Stays the same when the column is renamed. */
  readonly attnum: number;
  readonly name: string;
  /** Full text with modifiers, as format_type gives it. */
  readonly type: string;
  readonly typeOid: string;
  /** Qualified and quoted; null where it is the type's own. */
  readonly collation: string | null;
  /** Expression of the default, or of a generated column. */
  readonly defaultText: string | null;
  readonly identity: 'always' | 'by default' | null;
  readonly generated: 'stored' | 'virtual' | null;
  readonly notNull: boolean;
  /** Name of the not-null constraint; null before version 18, where it has none. */
  readonly notNullName: string | null;
  readonly notNullValidated: boolean;
  /** Null where it is the type's own. */
  readonly storage: 'plain' | 'external' | 'extended' | 'main' | null;
  readonly compression: 'pglz' | 'lz4' | null;
  readonly statisticsTarget: number | null;
  readonly options: readonly string[];
  readonly comment: string | null;
  /** Transaction that last wrote the column's entry in the catalogue: any ALTER of it. */
  readonly writer: string;
  readonly sequences: readonly SequenceUse[];
}

export type ConstraintType = 'primary' | 'unique' | 'check' | 'exclusion' | 'foreign';

export interface PgConstraint {
  readonly oid: string;
  readonly name: string;
  readonly type: ConstraintType;
  /** As pg_get_constraintdef; holds a table's name only for a foreign key. */
  readonly definition: string;
  readonly columns: readonly string[];
  /** False for a check that only comes from the parent of a partition. */
  readonly local: boolean;
  readonly validated: boolean;
  /** Constraint of the partitioned parent that this one belongs to. */
  readonly parent: string | null;
  /** Index behind a primary, unique or exclusion constraint. */
  readonly index: string | null;
  readonly references: PgReference | null;
  readonly comment: string | null;
}

export interface PgReference {
  readonly oid: string;
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly string[];
  /** The last column pair is a period (version 18). */
  readonly period: boolean;
  /** What follows the column list: match, actions, deferrable, NOT VALID, NOT ENFORCED. */
  readonly tail: string;
}

export interface PgIndex {
  readonly oid: string;
  readonly name: string;
  readonly unique: boolean;
  readonly primary: boolean;
  readonly replicaIdentity: boolean;
  readonly valid: boolean;
  /** False for an index of a deferrable constraint: no replica identity can use it. */
  readonly immediate: boolean;
  /** Index of the partitioned parent that it is attached to. */
  readonly parent: string | null;
  /** Constraint that makes it; then it is not created by itself. */
  readonly constraint: string | null;
  /** Key columns; null for an expression. */
  readonly columns: readonly (string | null)[];
  readonly partial: boolean;
  /** The definition from the access method on; names no table and no index. */
  readonly tail: string;
  readonly options: readonly string[];
  readonly comment: string | null;
}

export type RelationKind = 'table' | 'partitioned' | 'foreign' | 'materialized view';
export type ReplicaIdentity = 'default' | 'nothing' | 'full' | 'index';

/** One relation: a table, or a member of a partition tree. */
export interface PgRelation {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly kind: RelationKind;
  readonly persistence: 'permanent' | 'unlogged' | 'temporary';
  /** Changes when the table is rewritten or truncated. */
  readonly fileNode: string;
  /** oid of the partitioned table that this is a partition of. */
  readonly parent: string | null;
  readonly partitionKey: string | null;
  /** FOR VALUES … or DEFAULT. */
  readonly partitionBound: string | null;
  /** Parents by plain inheritance, as qualified names. */
  readonly inheritsFrom: readonly string[];
  readonly hasChildren: boolean;
  readonly replicaIdentity: ReplicaIdentity;
  readonly rowSecurity: boolean;
  readonly forceRowSecurity: boolean;
  readonly options: readonly string[];
  readonly toastOptions: readonly string[];
  readonly comment: string | null;
  readonly rows: number;
  readonly bytes: number;
  readonly columns: readonly PgColumn[];
  readonly constraints: readonly PgConstraint[];
  readonly indexes: readonly PgIndex[];
}

/** `native` of a TableModel: the table with all its partitions and what it needs to exist. */
export class PgTable {
  constructor(
    readonly root: PgRelation,
    /** The root and all partitions, parents first. */
    readonly members: readonly PgRelation[],
    /** Sequences owned by its columns, identity included. */
    readonly ownedSequences: readonly PgSequence[],
    /** Types, routines, extensions, sequences that must be there first, in that order. */
    readonly requires: readonly PgObject[],
  ) {}

  /** The relations that hold rows: the table itself or the leaves of its partition tree. */
  get leaves(): readonly PgRelation[] {
    return this.members.filter((member) => member.kind !== 'partitioned');
  }
}
