import type { Condition, Expression, Name, TypeName } from './ast-expression.js';

/** Element of CREATE TABLE or of ALTER TABLE … ADD. */
export type TableElement = ColumnDefinition | TableConstraint | InlineIndex;

export interface ColumnDefinition {
  readonly kind: 'column';
  readonly name: string;
  /** Null: computed. */
  readonly type: TypeName | null;
  readonly computed: { readonly expression: Expression; readonly persisted: boolean } | null;
  readonly collation: string | null;
  /** Null: not said. */
  readonly nullable: boolean | null;
  readonly identity: Identity | null;
  readonly sparse: boolean;
  readonly rowGuidCol: boolean;
  /** The function of MASKED WITH. */
  readonly masked: string | null;
  readonly marks: ColumnMarks;
  /** With `columns` filled in: keys, checks, foreign keys and the default of this column. */
  readonly constraints: readonly TableConstraint[];
}

/** What is known of a column, and shown by the catalogue, while its values are those of any other. */
export interface ColumnMarks {
  /** Always Encrypted. */
  readonly encrypted?: 'DETERMINISTIC' | 'RANDOMIZED';
  readonly filestream?: boolean;
  /** GENERATED ALWAYS AS ROW START or END. */
  readonly period?: 'START' | 'END';
  readonly hidden?: boolean;
}

export interface Identity {
  readonly seed: string;
  readonly increment: string;
  readonly notForReplication: boolean;
}

export type TableConstraint =
  | KeyConstraint
  | {
      readonly kind: 'check';
      readonly name: string | null;
      /** The column it was written with, if any. */
      readonly column: string | null;
      readonly condition: Condition;
      readonly notForReplication: boolean;
    }
  | {
      readonly kind: 'defaultConstraint';
      readonly name: string | null;
      readonly column: string;
      readonly expression: Expression;
      readonly withValues: boolean;
    }
  | ForeignKeyConstraint;

export interface KeyConstraint {
  readonly kind: 'key';
  readonly name: string | null;
  readonly primary: boolean;
  /** Null: not said (a primary key is clustered, a unique one is not). */
  readonly clustered: boolean | null;
  readonly columns: readonly IndexColumn[];
  readonly options: readonly IndexOption[];
  readonly on: DataSpace | null;
}

export interface ForeignKeyConstraint {
  readonly kind: 'foreignKey';
  readonly name: string | null;
  readonly columns: readonly string[];
  readonly references: Name;
  /** Null: the primary key. */
  readonly referencedColumns: readonly string[] | null;
  readonly onDelete: ReferentialAction;
  readonly onUpdate: ReferentialAction;
  readonly notForReplication: boolean;
}

export type ReferentialAction = 'noAction' | 'cascade' | 'setNull' | 'setDefault';

export interface IndexColumn {
  readonly name: string;
  readonly descending: boolean;
}

/** `DATA_COMPRESSION = PAGE`; `partitions` from ON PARTITIONS (…), as written. */
export interface IndexOption {
  readonly name: string;
  readonly value: string;
  readonly partitions: string | null;
}

/** `ON filegroup` or `ON scheme(column)`. */
export interface DataSpace {
  readonly name: string;
  readonly column: string | null;
}

/** What all forms of an index have. */
export interface IndexShape {
  readonly name: string;
  readonly unique: boolean;
  readonly clustered: boolean;
  readonly columnstore: boolean;
  /** Empty for a clustered columnstore. */
  readonly columns: readonly IndexColumn[];
  readonly include: readonly string[];
  readonly where: Condition | null;
  readonly options: readonly IndexOption[];
  readonly on: DataSpace | null;
}

export interface InlineIndex extends IndexShape {
  readonly kind: 'index';
}

export interface CreateTable {
  readonly kind: 'createTable';
  readonly name: Name;
  readonly elements: readonly TableElement[];
  readonly on: DataSpace | null;
  readonly textImageOn: string | null;
  readonly options: readonly IndexOption[];
}

export interface CreateIndex extends IndexShape {
  readonly kind: 'createIndex';
  readonly table: Name;
}

export interface AlterIndex {
  readonly kind: 'alterIndex';
  /** Null: ALL. */
  readonly name: string | null;
  readonly table: Name;
  readonly action: 'rebuild' | 'reorganize' | 'disable';
  readonly options: readonly IndexOption[];
}

export interface AlterTable {
  readonly kind: 'alterTable';
  readonly table: Name;
  readonly action: AlterTableAction;
}

export type AlterTableAction =
  /** `withCheck` null: not said (then new constraints are checked). */
  | {
      readonly kind: 'add';
      readonly elements: readonly TableElement[];
      readonly withCheck: boolean | null;
    }
  | { readonly kind: 'drop'; readonly items: readonly DropItem[] }
  | {
      readonly kind: 'alterColumn';
      readonly column: string;
      readonly type: TypeName;
      readonly collation: string | null;
      readonly nullable: boolean | null;
      readonly sparse: boolean;
    }
  /** ALTER COLUMN c ADD | DROP SPARSE … */
  | {
      readonly kind: 'alterColumnProperty';
      readonly column: string;
      readonly add: boolean;
      readonly property: 'sparse' | 'rowGuidCol' | 'persisted';
    }
  /** CHECK | NOCHECK CONSTRAINT; `names` null: ALL. */
  | {
      readonly kind: 'enforce';
      readonly on: boolean;
      readonly withCheck: boolean | null;
      readonly names: readonly string[] | null;
    }
  | { readonly kind: 'changeTracking'; readonly on: boolean; readonly trackColumns: boolean }
  | { readonly kind: 'trigger'; readonly on: boolean; readonly names: readonly string[] | null }
  | {
      readonly kind: 'switch';
      readonly partition: Expression | null;
      readonly target: Name;
      readonly targetPartition: Expression | null;
      readonly lowPriority: {
        readonly minutes: number;
        readonly abortAfterWait: 'NONE' | 'SELF' | 'BLOCKERS';
      } | null;
    }
  | {
      readonly kind: 'rebuild';
      readonly partition: Expression | null;
      readonly options: readonly IndexOption[];
    }
  | { readonly kind: 'setOptions'; readonly options: readonly IndexOption[] };

export interface DropItem {
  readonly kind: 'column' | 'constraint';
  readonly name: string;
  readonly ifExists: boolean;
}
