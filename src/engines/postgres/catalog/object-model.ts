/** Models of everything in a PostgreSQL database that is not a table. */

interface Named {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly comment: string | null;
}

export interface PgSequence extends Named {
  readonly kind: 'sequence';
  readonly type: string;
  readonly start: string;
  readonly increment: string;
  readonly min: string;
  readonly max: string;
  readonly cache: string;
  readonly cycle: boolean;
  /** Null: never used, or not allowed to read it. */
  readonly lastValue: string | null;
  /** The column that owns it, by OWNED BY or as an identity. */
  readonly owner: SequenceOwner | null;
}

export interface SequenceOwner {
  readonly relation: string;
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  readonly identity: boolean;
}

export interface PgExtension extends Named {
  readonly kind: 'extension';
  readonly version: string;
}

export interface PgCollation extends Named {
  readonly kind: 'collation';
  readonly provider: 'libc' | 'icu' | 'builtin';
  readonly deterministic: boolean;
  readonly collate: string | null;
  readonly ctype: string | null;
  readonly locale: string | null;
  readonly rules: string | null;
}

export interface PgEnum extends Named {
  readonly kind: 'enum';
  readonly labels: readonly string[];
}

export interface PgDomain extends Named {
  readonly kind: 'domain';
  readonly base: string;
  readonly collation: string | null;
  readonly defaultText: string | null;
  readonly notNull: boolean;
  readonly constraints: readonly DomainCheck[];
}

export interface DomainCheck {
  readonly name: string;
  readonly definition: string;
}

export interface PgComposite extends Named {
  readonly kind: 'composite';
  readonly attributes: readonly CompositeAttribute[];
}

export interface CompositeAttribute {
  readonly name: string;
  readonly type: string;
  readonly collation: string | null;
}

export interface PgRange extends Named {
  readonly kind: 'range';
  readonly subtype: string;
  readonly opclass: string;
  readonly collation: string | null;
  readonly canonical: string | null;
  readonly difference: string | null;
  readonly multirange: string;
}

/** A type that cannot be made from the catalogue alone: written in C, or the row of a table. */
export interface PgOtherType extends Named {
  readonly kind: 'other type';
}

export type PgType = PgEnum | PgDomain | PgComposite | PgRange | PgOtherType;

export interface PgRoutine extends Named {
  readonly kind: 'function' | 'procedure';
  /** Argument types: with schema and name they identify it. */
  readonly arguments: string;
  readonly language: string;
  /** As pg_get_functiondef; null for what it cannot write (aggregates). */
  readonly definition: string | null;
  /** The body is parsed (BEGIN ATOMIC), so it depends on what it names. */
  readonly parsedBody: boolean;
}

export interface PgView extends Named {
  readonly kind: 'view';
  readonly definition: string;
  readonly columns: readonly string[];
  readonly options: readonly string[];
}

/** What may have to be there before a table. */
export type PgObject = PgExtension | PgCollation | PgType | PgRoutine | PgSequence;

/** `from` cannot exist without `to`; both are oids. */
export interface PgDependency {
  readonly from: string;
  readonly to: string;
}
