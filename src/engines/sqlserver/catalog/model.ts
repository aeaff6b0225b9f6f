/** SQL Server's own model of a table, as its catalogue views have it. */
import type { TableName } from '../../../core/names.js';
import type { MsObject, MsPartitionScheme } from './object-model.js';

/** A type as the catalogue keeps it; `typeText` prints it. */
export interface MsType {
  /** System type in lower case, of an alias the one behind it: `nvarchar`, `decimal`. */
  readonly name: string;
  /** Bytes; -1 for max. */
  readonly maxLength: number;
  readonly precision: number;
  readonly scale: number;
}

export interface MsIdentity {
  readonly seed: string;
  readonly increment: string;
  /** Null: no row was ever inserted. */
  readonly lastValue: string | null;
  readonly notForReplication: boolean;
}

export interface MsDefault {
  readonly name: string;
  /** Null: hidden from this login. */
  readonly definition: string | null;
  readonly systemNamed: boolean;
}

export interface MsComputed {
  /** Null: hidden from this login. */
  readonly definition: string | null;
  readonly persisted: boolean;
}

export interface MsColumn {
  /** Stays the same when the column is renamed; there may be gaps. */
  readonly id: number;
  readonly name: string;
  readonly type: MsType;
  /** The user-defined type it was declared with, a CLR type included. */
  readonly declared: { readonly schema: string; readonly name: string } | null;
  /** Of a CLR type that users made. */
  readonly isClr: boolean;
  readonly collation: string | null;
  readonly nullable: boolean;
  readonly rowGuid: boolean;
  readonly sparse: boolean;
  readonly columnSet: boolean;
  readonly hidden: boolean;
  readonly filestream: boolean;
  /** Period of a temporal table, or column of a ledger: the source gives out the values. */
  readonly generatedAlways: boolean;
  readonly masked: boolean;
  readonly encrypted: boolean;
  /** Its xml has a schema collection. */
  readonly typedXml: boolean;
  readonly identity: MsIdentity | null;
  readonly computed: MsComputed | null;
  readonly default: MsDefault | null;
  /** It is bound to a default object (sp_bindefault), which no catalogue view prints. */
  readonly boundDefault: boolean;
}

export type MsIndexKind =
  | 'heap'
  | 'clustered'
  | 'nonclustered'
  | 'xml'
  | 'spatial'
  | 'clustered columnstore'
  | 'nonclustered columnstore'
  | 'hash'
  | 'other';

export interface MsIndexColumn {
  readonly name: string;
  /** Place in the key, from 1; 0: not in it. */
  readonly keyPlace: number;
  readonly partitionPlace: number;
  readonly descending: boolean;
  readonly included: boolean;
}

export type MsCompressionKind = 'ROW' | 'PAGE' | 'COLUMNSTORE_ARCHIVE';

export interface MsCompression {
  readonly partition: number;
  readonly kind: MsCompressionKind;
}

export interface MsIndex {
  readonly id: number;
  /** Empty for a heap. */
  readonly name: string;
  readonly kind: MsIndexKind;
  readonly unique: boolean;
  readonly primary: boolean;
  /** Of a UNIQUE constraint. */
  readonly constraint: boolean;
  readonly disabled: boolean;
  readonly ignoresDuplicates: boolean;
  /** 0: the server's default. */
  readonly fillFactor: number;
  readonly padded: boolean;
  readonly rowLocks: boolean;
  readonly pageLocks: boolean;
  readonly filtered: boolean;
  readonly filter: string | null;
  readonly columns: readonly MsIndexColumn[];
  /** Filegroup or partition scheme; null for what has none (memory-optimised). */
  readonly dataSpace: string | null;
  readonly partitioned: boolean;
  /** Partitions that are not compressed as their kind is by default. */
  readonly compression: readonly MsCompression[];
}

export interface MsCheck {
  readonly id: number;
  readonly name: string;
  /** Null: hidden from this login. */
  readonly definition: string | null;
  readonly disabled: boolean;
  readonly notTrusted: boolean;
  readonly notForReplication: boolean;
}

export type MsReferentialAction = 'NO ACTION' | 'CASCADE' | 'SET NULL' | 'SET DEFAULT';

export interface MsForeignKey {
  readonly id: number;
  readonly name: string;
  readonly columns: readonly string[];
  readonly referencedId: number;
  readonly references: TableName;
  readonly referencedColumns: readonly string[];
  readonly onDelete: MsReferentialAction;
  readonly onUpdate: MsReferentialAction;
  readonly disabled: boolean;
  readonly notTrusted: boolean;
  readonly notForReplication: boolean;
}

/** An extended property; at most one of column, index and constraint says what it is about. */
export interface MsProperty {
  readonly name: string;
  readonly valueType: string;
  readonly value: string;
  readonly column: string | null;
  readonly index: string | null;
  readonly constraint: string | null;
}

/** What makes a table special, and what this login may do with it. */
export interface MsTraits {
  /** none, history of a temporal table, or a temporal table itself. */
  readonly temporal: 'none' | 'history' | 'current';
  readonly memoryOptimized: boolean;
  readonly external: boolean;
  readonly fileTable: boolean;
  readonly graph: boolean;
  readonly ledger: boolean;
  /** A security policy hides rows of it. */
  readonly filtered: boolean;
  readonly cdc: boolean;
  readonly changeTracking: boolean;
  readonly maySelect: boolean;
  readonly mayViewDefinition: boolean;
  readonly mayViewChanges: boolean;
  readonly mayUnmask: boolean;
}

export interface MsTableParts {
  readonly id: number;
  readonly name: TableName;
  /** When it was made, as ISO text: tells a table from another that got its object id. */
  readonly created: string;
  readonly columns: readonly MsColumn[];
  /** The heap, if it is one, and all indexes, by their number. */
  readonly indexes: readonly MsIndex[];
  readonly checks: readonly MsCheck[];
  readonly foreignKeys: readonly MsForeignKey[];
  readonly properties: readonly MsProperty[];
  readonly traits: MsTraits;
  /** Scheme and function over which its rows or indexes are spread. */
  readonly schemes: readonly MsPartitionScheme[];
  /** Types, sequences and functions that must be there first, in that order. */
  readonly requires: readonly MsObject[];
}

/** `native` of a TableModel. */
export class MsTable {
  constructor(readonly parts: MsTableParts) {}

  get name(): TableName {
    return this.parts.name;
  }

  get columns(): readonly MsColumn[] {
    return this.parts.columns;
  }

  get indexes(): readonly MsIndex[] {
    return this.parts.indexes;
  }

  /** Where the rows are: the clustered index or the heap. */
  get storage(): MsIndex | undefined {
    return this.indexes.find(({ kind }) => ROW_STORES.has(kind));
  }

  column(name: string): MsColumn | undefined {
    return this.columns.find((column) => column.name === name);
  }
}

const ROW_STORES: ReadonlySet<MsIndexKind> = new Set<MsIndexKind>([
  'heap',
  'clustered',
  'clustered columnstore',
]);
