import type { Definition } from './ast-definition.js';
import type { Condition, Expression, Name, TypeName } from './ast-expression.js';
import type { AssignOp, Cte, Query, SelectItem, TableHint, TableSource, Top } from './ast-query.js';
import type { TableElement } from './ast-table.js';

/** Where a statement stands in its batch: offsets of its text, and the line that errors name. */
export interface Located {
  readonly start: number;
  readonly end: number;
  readonly line: number;
}

export type Statement = StatementNode & Located;

export type StatementNode = Manipulation | Control | SetStatement | Command | Definition;

/** What reads or changes rows. */
export type Manipulation =
  | { readonly kind: 'query'; readonly query: Query }
  | Insert
  | Update
  | Delete
  | {
      readonly kind: 'truncate';
      readonly table: Name;
      readonly partitions: readonly PartitionRange[] | null;
    };

export interface PartitionRange {
  readonly from: Expression;
  readonly to: Expression | null;
}

export type Target =
  /** For UPDATE and DELETE the name may be an alias of `from` or a CTE. */
  | { readonly kind: 'table'; readonly name: Name; readonly hints: readonly TableHint[] }
  | { readonly kind: 'tableVariable'; readonly name: string };

export interface Insert {
  readonly kind: 'insert';
  readonly with: readonly Cte[];
  readonly top: Top | null;
  readonly target: Target;
  readonly columns: readonly string[] | null;
  readonly outputs: readonly Output[];
  readonly source:
    | { readonly kind: 'values'; readonly rows: readonly (readonly Expression[])[] }
    | { readonly kind: 'query'; readonly query: Query }
    | { readonly kind: 'defaultValues' }
    | { readonly kind: 'execute'; readonly execute: Execute };
}

/** OUTPUT …; the columns are qualified `inserted` or `deleted`. */
export interface Output {
  readonly items: readonly SelectItem[];
  readonly into: { readonly target: Target; readonly columns: readonly string[] | null } | null;
}

export interface Update {
  readonly kind: 'update';
  readonly with: readonly Cte[];
  readonly top: Top | null;
  readonly target: Target;
  readonly set: readonly Assignment[];
  readonly outputs: readonly Output[];
  readonly from: readonly TableSource[];
  readonly where: Condition | null;
  readonly options: readonly string[];
}

/** `@v = column = value` has both. */
export interface Assignment {
  readonly variable: string | null;
  readonly column: Name | null;
  readonly op: AssignOp;
  readonly value: Expression;
}

export interface Delete {
  readonly kind: 'delete';
  readonly with: readonly Cte[];
  readonly top: Top | null;
  readonly target: Target;
  readonly outputs: readonly Output[];
  readonly from: readonly TableSource[];
  readonly where: Condition | null;
  readonly options: readonly string[];
}

/** Variables, flow and transactions. */
export type Control =
  | { readonly kind: 'declare'; readonly variables: readonly VariableDeclaration[] }
  | {
      readonly kind: 'declareTable';
      readonly name: string;
      readonly elements: readonly TableElement[];
    }
  | {
      readonly kind: 'if';
      readonly condition: Condition;
      readonly then: Statement;
      readonly else: Statement | null;
    }
  | { readonly kind: 'while'; readonly condition: Condition; readonly body: Statement }
  | { readonly kind: 'block'; readonly statements: readonly Statement[] }
  | {
      readonly kind: 'tryCatch';
      readonly try: readonly Statement[];
      readonly catch: readonly Statement[];
    }
  | { readonly kind: 'break' | 'continue' }
  | { readonly kind: 'return'; readonly value: Expression | null }
  | {
      readonly kind: 'throw';
      readonly error: {
        readonly number: Expression;
        readonly message: Expression;
        readonly state: Expression;
      } | null;
    }
  | {
      readonly kind: 'raiserror';
      readonly message: Expression;
      readonly severity: Expression;
      readonly state: Expression;
      readonly args: readonly Expression[];
      readonly options: readonly string[];
    }
  | { readonly kind: 'print'; readonly value: Expression }
  | { readonly kind: 'waitFor'; readonly unit: 'delay' | 'time'; readonly value: Expression }
  | { readonly kind: 'begin' | 'commit' | 'rollback'; readonly name: string | null } // may be a @variable
  | { readonly kind: 'save'; readonly name: string };

export interface VariableDeclaration {
  readonly name: string;
  readonly type: TypeName;
  readonly value: Expression | null;
}

export type SetStatement =
  | {
      readonly kind: 'setVariable';
      readonly variable: string;
      readonly op: AssignOp;
      readonly value: Expression;
    }
  /** Upper-case options: XACT_ABORT, NOCOUNT, QUOTED_IDENTIFIER … */
  | { readonly kind: 'setOption'; readonly options: readonly string[]; readonly on: boolean }
  /** LOCK_TIMEOUT, ROWCOUNT, TEXTSIZE, DATEFIRST, LANGUAGE, DATEFORMAT, DEADLOCK_PRIORITY, CONTEXT_INFO. */
  | { readonly kind: 'setValue'; readonly option: string; readonly value: Expression }
  | { readonly kind: 'setIdentityInsert'; readonly table: Name; readonly on: boolean }
  | { readonly kind: 'setIsolation'; readonly level: IsolationLevel };

export type IsolationLevel =
  'read uncommitted' | 'read committed' | 'repeatable read' | 'snapshot' | 'serializable';

export interface Execute {
  readonly kind: 'execute';
  /** The variable that takes the return value. */
  readonly result: string | null;
  readonly procedure: Name;
  readonly args: readonly Argument[];
}

export interface Argument {
  readonly name: string | null; // with its @
  readonly value: Expression; // a bare word comes as a string
  readonly output: boolean;
}

export type Command =
  | Execute
  | { readonly kind: 'executeText'; readonly text: Expression }
  | { readonly kind: 'use'; readonly database: string }
  | { readonly kind: 'kill'; readonly spid: number }
  | { readonly kind: 'checkpoint' }
  /** Words among the arguments come as columns: CHECKIDENT('t', RESEED, 5). */
  | {
      readonly kind: 'dbcc';
      readonly command: string;
      readonly args: readonly Expression[];
      readonly options: readonly string[];
    }
  | {
      readonly kind: 'updateStatistics';
      readonly table: Name;
      readonly statistics: readonly string[];
      readonly options: readonly string[];
    }
  | InsertBulk;

/** `insert bulk t ([c] type …) WITH (…)`: a driver's announcement of rows in the bulk format. */
export interface InsertBulk {
  readonly kind: 'insertBulk';
  readonly table: Name;
  readonly columns: readonly {
    readonly name: string;
    readonly type: TypeName;
    readonly collation: string | null;
  }[];
  /** Upper case: TABLOCK, CHECK_CONSTRAINTS, FIRE_TRIGGERS, KEEP_NULLS, `ORDER (C ASC)`. */
  readonly options: readonly string[];
}
