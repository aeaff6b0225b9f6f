/** Models of everything in a SQL Server database that is not a table. */
import type { MsType } from './model.js';

interface Named {
  readonly id: number;
  readonly schema: string;
  readonly name: string;
}

/** CREATE TYPE … FROM. */
export interface MsAliasType extends Named {
  readonly kind: 'type';
  readonly base: MsType;
  readonly nullable: boolean;
}

export interface MsSequence extends Named {
  readonly kind: 'sequence';
  readonly type: MsType;
  readonly start: string;
  readonly increment: string;
  readonly minimum: string;
  readonly maximum: string;
  /** The value given out last; the start value while none was. */
  readonly current: string;
  readonly cycling: boolean;
  /** Null: without a cache; 0: of the server's own size. */
  readonly cache: number | null;
}

export type MsModuleKind = 'view' | 'procedure' | 'function';

export interface MsModule extends Named {
  readonly kind: MsModuleKind;
  /** The kind in the catalogue: V, P, FN, IF, TF. A change of it needs a drop. */
  readonly code: string;
  /** Null: encrypted, or hidden from this login. */
  readonly definition: string | null;
  readonly encrypted: boolean;
  readonly ansiNulls: boolean;
  readonly quotedIdentifier: boolean;
}

/** What may have to be there before a table. */
export type MsObject = MsAliasType | MsSequence | MsModule;

export interface MsPartitionFunction {
  readonly id: number;
  readonly name: string;
  readonly type: MsType;
  readonly collation: string | null;
  /** A boundary value belongs to the partition on its right. */
  readonly isRight: boolean;
  /** As text that the type reads back without loss, ascending; null is NULL. */
  readonly boundaries: readonly (string | null)[];
}

export interface MsPartitionScheme {
  readonly id: number;
  readonly name: string;
  readonly function: MsPartitionFunction;
  /** By partition, the first first. */
  readonly filegroups: readonly string[];
}

/** `from` cannot exist without `to`; both are object ids. */
export interface MsDependency {
  readonly from: number;
  readonly to: number;
}
