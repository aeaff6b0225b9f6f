import type { Expression, Name, TypeName } from './ast-expression.js';
import type { Query } from './ast-query.js';
import type { AlterIndex, AlterTable, CreateIndex, CreateTable } from './ast-table.js';

/** CREATE, ALTER, DROP and rights. */
export type Definition =
  | CreateTable
  | AlterTable
  | CreateIndex
  | AlterIndex
  | DatabaseDefinition
  | PartitionDefinition
  | ModuleDefinition
  | SequenceDefinition
  | SecurityDefinition
  | { readonly kind: 'createSchema'; readonly name: string; readonly owner: string | null }
  | { readonly kind: 'transferObject'; readonly schema: string; readonly object: Name } // ALTER SCHEMA … TRANSFER
  | {
      readonly kind: 'createType';
      readonly name: Name;
      readonly from: TypeName;
      readonly nullable: boolean | null;
      /** A CLR type. */
      readonly assembly: boolean;
    }
  | { readonly kind: 'createSynonym'; readonly name: Name; readonly for: Name }
  | {
      readonly kind: 'createSecurityPolicy';
      readonly name: Name;
      /** Tables of its filters. */
      readonly targets: readonly Name[];
      readonly enabled: boolean;
    }
  | {
      readonly kind: 'drop';
      readonly type: DropType;
      readonly names: readonly Name[];
      readonly ifExists: boolean;
    }
  | {
      readonly kind: 'dropIndex';
      readonly indexes: readonly { readonly name: string; readonly table: Name }[];
      readonly ifExists: boolean;
    }
  /** ENABLE | DISABLE TRIGGER … ON table; `names` null: ALL. */
  | {
      readonly kind: 'enableTrigger';
      readonly on: boolean;
      readonly names: readonly Name[] | null;
      readonly table: Name;
    };

export type DropType =
  | 'database'
  | 'schema'
  | 'table'
  | 'view'
  | 'procedure'
  | 'function'
  | 'trigger'
  | 'type'
  | 'sequence'
  | 'synonym'
  | 'partitionFunction'
  | 'partitionScheme'
  | 'login'
  | 'user'
  | 'role';

export type DatabaseDefinition =
  | { readonly kind: 'createDatabase'; readonly name: string; readonly collation: string | null }
  /** `name` null: CURRENT. */
  | {
      readonly kind: 'alterDatabase';
      readonly name: string | null;
      readonly action: AlterDatabaseAction;
    };

export type AlterDatabaseAction =
  | { readonly kind: 'set'; readonly options: readonly DatabaseOption[] }
  | { readonly kind: 'collate'; readonly collation: string }
  | { readonly kind: 'rename'; readonly name: string }
  | { readonly kind: 'addFilegroup'; readonly name: string }
  | { readonly kind: 'addFile'; readonly filegroup: string | null };

/** `CHANGE_TRACKING = ON (CHANGE_RETENTION = 2 DAYS)`: value ON, one detail; all upper case. */
export interface DatabaseOption {
  readonly name: string;
  readonly value: string;
  readonly details: readonly { readonly name: string; readonly value: string }[];
}

export type PartitionDefinition =
  | {
      readonly kind: 'createPartitionFunction';
      readonly name: string;
      readonly type: TypeName;
      readonly right: boolean;
      readonly values: readonly Expression[];
    }
  | {
      readonly kind: 'alterPartitionFunction';
      readonly name: string;
      readonly action: 'split' | 'merge';
      readonly value: Expression;
    }
  | {
      readonly kind: 'createPartitionScheme';
      readonly name: string;
      readonly function: string;
      /** ALL TO ([fg]) has one. */
      readonly all: boolean;
      readonly filegroups: readonly string[];
    }
  | {
      readonly kind: 'alterPartitionScheme';
      readonly name: string;
      readonly nextUsed: string | null;
    };

/** View, procedure, function or trigger: kept as text, read only as far as the members below. */
export interface ModuleDefinition {
  readonly kind: 'module';
  readonly mode: 'create' | 'alter' | 'createOrAlter';
  readonly name: Name;
  /** The whole statement, as sys.sql_modules shows it. */
  readonly text: string;
  readonly encrypted: boolean;
  readonly schemaBound: boolean;
  readonly module:
    | { readonly kind: 'view'; readonly columns: readonly string[] | null; readonly query: Query }
    | { readonly kind: 'procedure'; readonly parameters: readonly Parameter[] }
    | {
        readonly kind: 'scalarFunction';
        readonly parameters: readonly Parameter[];
        readonly returns: TypeName;
      }
    | {
        readonly kind: 'inlineFunction';
        readonly parameters: readonly Parameter[];
        readonly query: Query;
      }
    | { readonly kind: 'tableFunction'; readonly parameters: readonly Parameter[] }
    | {
        readonly kind: 'trigger';
        readonly table: Name;
        readonly insteadOf: boolean;
        readonly events: readonly ('insert' | 'update' | 'delete')[];
      };
}

export interface Parameter {
  readonly name: string; // with its @
  readonly type: TypeName;
  readonly default: Expression | null;
  readonly output: boolean;
}

/** Numbers as written; `null`: NO MINVALUE and the like; absent: not said. */
export interface SequenceDefinition {
  readonly kind: 'createSequence' | 'alterSequence';
  readonly name: Name;
  readonly type: TypeName | null;
  readonly startWith?: string | null; // of RESTART WITH when altered
  readonly increment?: string;
  readonly minimum?: string | null;
  readonly maximum?: string | null;
  readonly cycle?: boolean;
  readonly cache?: string | null;
}

export type SecurityDefinition =
  | {
      readonly kind: 'createLogin';
      readonly name: string;
      readonly password: string | null;
      readonly defaultDatabase: string | null;
    }
  | {
      readonly kind: 'createUser';
      readonly name: string;
      readonly login: string | null;
      readonly defaultSchema: string | null;
    } // null: WITHOUT LOGIN
  | { readonly kind: 'alterUser'; readonly name: string; readonly defaultSchema: string }
  | { readonly kind: 'createRole'; readonly name: string }
  | {
      readonly kind: 'alterRole';
      readonly role: string;
      readonly add: boolean;
      readonly member: string;
      readonly server: boolean;
    }
  | {
      readonly kind: 'permission';
      readonly verb: 'grant' | 'deny' | 'revoke';
      /** Upper case: SELECT, `VIEW DEFINITION`. */
      readonly permissions: readonly {
        readonly name: string;
        readonly columns: readonly string[] | null;
      }[];
      /** Null: the database (or the server, for its own rights). */
      readonly on: { readonly class: string; readonly name: Name } | null;
      readonly principals: readonly string[];
      readonly withGrantOption: boolean;
    };
