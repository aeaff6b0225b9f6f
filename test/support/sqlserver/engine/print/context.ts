/**
 * What printing an expression needs to know: names, variables and the parameters it hands out; a
 * variable that nobody declared is refused (test/conformance/sqlserver/changes: "SELECT @nothing AS
 * n").
 */
import type { MsType } from '../../backend.js';
import { SqlError } from '../../backend.js';
import type { Expression, Name, TableSource } from '../../tsql/ast.js';
import type {
  ColumnInfo,
  DatabaseInfo,
  ResultColumn,
  RowSource,
  TableInfo,
} from '../catalog-seam.js';
import { pgBaseType } from '../values/storage.js';
import type { Printed } from './printed.js';

/** What the statement's names stand for, looked up before printing. */
export interface Names {
  table(name: Name): TableInfo | undefined;
  rowSource(source: TableSource): RowSource | undefined;
  partitionFunction(name: string): {
    readonly type: MsType;
    readonly number: (value: Printed) => Printed;
  };
  sequence(name: Name): { readonly sequence: string; readonly type: MsType };
  scalar(name: Name, args: readonly Printed[]): Printed | undefined;
}

export interface SourceColumn {
  readonly name: string;
  readonly sql: string;
  readonly type: MsType;
  readonly nullable: boolean;
  readonly identity?: boolean;
}

/** Something in FROM, by the names under which its columns may be qualified. */
export interface Source {
  /** Alias, or the parts of the table's name. */
  readonly exposed: readonly string[];
  readonly columns: readonly SourceColumn[];
}

export interface Scope {
  readonly sources: readonly Source[];
  readonly outer: Scope | null;
}

export interface CteInfo {
  readonly pg: string;
  readonly columns: readonly ResultColumn[];
}

/** One right that the statement uses on one table. */
export interface Use {
  readonly right: 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE';
  readonly table: TableInfo;
  /** Ids of the columns that an UPDATE sets. */
  readonly columns?: readonly number[];
}

/** Shared by everything of one statement. */
export class StatementPrint {
  readonly params: string[] = [];
  readonly uses: Use[] = [];
  /** LOCK TABLE statements to run before, in the same transaction. */
  readonly locks = new Set<string>();
  #aliases = 0;

  constructor(
    readonly database: DatabaseInfo,
    readonly names: Names,
    readonly variables: ReadonlyMap<string, MsType>,
  ) {}

  /** `$n` of a variable or of a value that the session knows, such as @@ROWCOUNT. */
  param(key: string, type: MsType): string {
    let at = this.params.indexOf(key);
    if (at < 0) at = this.params.push(key) - 1;
    return `$${String(at + 1)}::${pgBaseType(type)}`;
  }

  alias(): string {
    this.#aliases += 1;
    return `a${String(this.#aliases)}`;
  }

  variable(name: string): MsType {
    const type = this.variables.get(name.toLowerCase());
    if (type !== undefined) return type;
    throw new SqlError(137, `Must declare the scalar variable "${name}".`, { level: 15, state: 2 });
  }
}

export interface PrintContext {
  readonly statement: StatementPrint;
  readonly scope: Scope | null;
  readonly ctes: ReadonlyMap<string, CteInfo>;
  /** The next SELECT also tells where its rows stand: a change through a CTE. */
  readonly places?: boolean;
  /** The outermost SELECT of its statement may lock single rows. */
  readonly top: boolean;
}

export function within(context: PrintContext, sources: readonly Source[]): PrintContext {
  return { ...context, scope: { sources, outer: context.scope } };
}

/** A table's columns as a source whose rows PostgreSQL calls `pg`. */
export function tableSource(
  exposed: readonly string[],
  pg: string,
  columns: readonly ColumnInfo[],
): Source {
  return {
    exposed,
    columns: columns.map(({ name, pg: column, type, nullable, identity }) => ({
      name,
      sql: `${pg}.${column}`,
      type,
      nullable,
      identity: identity !== undefined,
    })),
  };
}

export type ExpressionPrinter = (expression: Expression, context: PrintContext) => Printed;
