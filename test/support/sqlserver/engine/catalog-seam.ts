/**
 * The seam between what runs statements (engine/) and what knows names (catalog/). The engine asks
 * the catalog for tables by name and hands it every definition; the catalog reads and writes through
 * the session's PostgreSQL connection, so that both share one transaction.
 */
import type { MsType, SqlError } from '../backend.js';
import type {
  Condition,
  Expression,
  Name,
  Query,
  Statement,
  TableSource,
  TypeName,
} from '../tsql/ast.js';
import type { Printed } from './print/printed.js';

export interface DatabaseInfo {
  readonly id: number;
  readonly name: string;
  readonly collation: string;
  readonly snapshotAllowed: boolean;
}

export interface ColumnInfo {
  readonly id: number;
  readonly name: string;
  /** The PostgreSQL column, quoted where it needs it. */
  readonly pg: string;
  readonly type: MsType;
  readonly nullable: boolean;
  /** `sequence` is the PostgreSQL sequence that gives the values, for nextval('…'). */
  readonly identity?: { readonly seed: string; readonly increment: string; sequence: string };
  readonly computed?: boolean;
  /** PostgreSQL expression of the default, already of the column's type. */
  readonly default?: string;
}

export interface TableInfo {
  readonly objectId: number;
  readonly database: DatabaseInfo;
  readonly schema: string;
  readonly name: string;
  readonly kind: 'table' | 'view' | 'system';
  /** The PostgreSQL relation, qualified and quoted. */
  readonly pg: string;
  readonly columns: readonly ColumnInfo[];
}

export interface ConstraintInfo {
  readonly kind: 'primaryKey' | 'unique' | 'uniqueIndex' | 'check' | 'foreignKey';
  readonly name: string;
  /** Of the table that holds it. */
  readonly table: { readonly database: string; readonly schema: string; readonly name: string };
  readonly columns: readonly string[];
  /** The table that a foreign key refers to. */
  readonly references?: {
    readonly schema: string;
    readonly name: string;
    readonly columns: readonly string[];
  };
}

/** What a session gives to the catalog; everything runs on its connection, in its transaction. */
export interface SessionContext {
  readonly spid: number;
  readonly login: string;
  readonly database: DatabaseInfo;
  /** Nesting of sp_executesql and EXEC: a #temp table ends with the scope that made it. */
  readonly scope: number;
  query<Row extends object>(sql: string, params?: readonly unknown[]): Promise<readonly Row[]>;
  /** A column type from its T-SQL name; alias types are looked up in the catalog. */
  type(name: TypeName, collation?: string | null): Promise<MsType>;
  /** Value of an expression without columns (a partition boundary, a default of a parameter). */
  evaluate(expression: Expression, type?: MsType): Promise<{ type: MsType; text: string | null }>;
  printExpression(expression: Expression, columns: readonly ColumnInfo[]): Promise<Printed>;
  /** As PostgreSQL boolean expression, for CHECK and filtered indexes. */
  printCondition(condition: Condition, columns: readonly ColumnInfo[]): Promise<string>;
  /** `sql` converted as an assignment to a column of that type converts it. */
  assign(printed: Printed, type: MsType, target: string): string;
  /** A SELECT for a view, with its columns. */
  printQuery(query: Query): Promise<{ sql: string; columns: readonly ResultColumn[] }>;
  /** Every plan of every session that named something is printed anew. */
  catalogChanged(): void;
  changeDatabase(database: DatabaseInfo): void;
  info(message: SqlError): void;
}

export interface ResultColumn {
  readonly name: string;
  readonly type: MsType;
  readonly nullable: boolean;
}

/** Rows from something that is not a table; its columns are named by `pg`. */
export interface RowSource {
  readonly sql: string;
  readonly columns: readonly ColumnInfo[];
}

export interface ProcedureArgument {
  /** With its @; null where it is given by position. */
  readonly name: string | null;
  readonly type: MsType;
  readonly text: string | null;
  readonly output: boolean;
}

/** A call of a system procedure, and where its answers go. */
export interface ProcedureCall {
  /** `text` is the value as PostgreSQL keeps it. */
  readonly args: readonly ProcedureArgument[];
  /** A result set of the procedure: a PostgreSQL query with the types of its columns. */
  result(sql: string, columns: readonly ResultColumn[]): Promise<void>;
  setOutput(name: string, value: string | null): void;
}

export interface Catalog {
  /** Throws 4060 or 911 where it is missing or not open to this login. */
  database(context: Pick<SessionContext, 'query' | 'login'>, name: string): Promise<DatabaseInfo>;
  /** Throws 18456. Answers with the name of the login's own database. */
  login(context: Pick<SessionContext, 'query'>, user: string, password: string): Promise<string>;
  /** Tables, #temp tables (the caller's), @table variables, views, sys.* and INFORMATION_SCHEMA. */
  table(context: SessionContext, name: Name): Promise<TableInfo | undefined>;
  /** Throws 229 unless the login may do that to the table, or to each of the columns. */
  permit(
    context: SessionContext,
    right: Right,
    table: TableInfo,
    columns?: readonly number[],
  ): Promise<void>;
  /** ALTER of the table. */
  mayAlter(context: SessionContext, table: TableInfo): Promise<boolean>;
  /** DBCC CHECKIDENT of the table. */
  mayReseed(context: SessionContext, table: TableInfo): Promise<boolean>;
  mayOnServer(context: SessionContext, permission: string): Promise<boolean>;
  /** CHANGETABLE, fn_cdc_… : `undefined` for a name that nobody knows (208). */
  rowSource(
    context: SessionContext,
    source: Extract<TableSource, { kind: 'function' | 'changes' | 'changeVersion' }>,
    args: readonly Printed[],
  ): Promise<RowSource | undefined>;
  /** OBJECT_ID, SCHEMA_NAME, sys.fn_cdc_get_max_lsn …; undefined: not a function of the catalog. */
  scalar(name: Name, args: readonly Printed[], database: DatabaseInfo): Printed | undefined;
  /** $PARTITION.fn: what prints the number for a value, which the engine converts to `type` first. */
  partitionFunction(
    context: SessionContext,
    name: string,
  ): Promise<{ readonly type: MsType; readonly number: (value: Printed) => Printed }>;
  /** A type made by CREATE TYPE … FROM. */
  aliasType(context: SessionContext, name: Name): Promise<MsType | undefined>;
  /** False: not a procedure of the catalog. */
  procedure(context: SessionContext, name: Name, call: ProcedureCall): Promise<boolean>;
  sequence(
    context: SessionContext,
    name: Name,
  ): Promise<{ readonly sequence: string; readonly type: MsType } | undefined>;
  /** CREATE, ALTER, DROP, TRUNCATE, GRANT, UPDATE STATISTICS … */
  define(context: SessionContext, statement: Statement): Promise<void>;
  /** By the name that a PostgreSQL error tells. */
  constraint(context: SessionContext, pgName: string): Promise<ConstraintInfo | undefined>;
  /** By the relation that a PostgreSQL error tells, `d5.t1001`. */
  tableByRelation(
    context: SessionContext,
    schema: string,
    table: string,
  ): Promise<TableInfo | undefined>;
  /** After a bulk load that looked at no constraint: they are not trusted from now on. */
  loadedUnchecked(context: SessionContext, table: TableInfo): Promise<void>;
  dropTemporary(context: SessionContext, fromScope: number): Promise<void>;
}

export type Right = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE';
