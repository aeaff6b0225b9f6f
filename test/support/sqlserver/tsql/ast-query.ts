import type { Condition, Expression, Name, OrderItem, TypeName } from './ast-expression.js';

/** A whole query; a subquery has no `with`. */
export interface Query {
  readonly with: readonly Cte[];
  readonly body: QueryBody;
  readonly orderBy: readonly OrderItem[];
  readonly offset: Expression | null;
  readonly fetch: Expression | null;
  /** OPTION (…), upper case: `RECOMPILE`, `MAXDOP 1`. */
  readonly options: readonly string[];
}

export interface Cte {
  readonly name: string;
  readonly columns: readonly string[] | null;
  readonly query: Query;
}

export type QueryBody =
  | Select
  | {
      readonly kind: 'setOperation';
      readonly op: 'union' | 'unionAll' | 'except' | 'intersect';
      readonly left: QueryBody;
      readonly right: QueryBody;
    };

export interface Select {
  readonly kind: 'select';
  readonly distinct: boolean;
  readonly top: Top | null;
  readonly items: readonly SelectItem[];
  readonly into: Name | null;
  /** Comma-separated sources; joins are nodes of their own. */
  readonly from: readonly TableSource[];
  readonly where: Condition | null;
  readonly groupBy: readonly Expression[];
  readonly having: Condition | null;
}

export interface Top {
  readonly count: Expression;
  readonly percent: boolean;
  readonly withTies: boolean;
}

export type SelectItem =
  | { readonly kind: 'star'; readonly qualifier: Name } // [] for a bare star
  | { readonly kind: 'item'; readonly expression: Expression; readonly alias: string | null }
  /** SELECT @x = …; `op` as in SET. */
  | {
      readonly kind: 'assign';
      readonly variable: string;
      readonly op: AssignOp;
      readonly value: Expression;
    };

export type AssignOp = '=' | '+=' | '-=' | '*=' | '/=' | '%=' | '&=' | '|=' | '^=';

export type TableSource =
  | {
      readonly kind: 'table';
      readonly name: Name;
      readonly alias: string | null;
      readonly hints: readonly TableHint[];
    }
  | { readonly kind: 'tableVariable'; readonly name: string; readonly alias: string | null }
  | {
      readonly kind: 'derived';
      readonly query: Query;
      readonly alias: string;
      readonly columns: readonly string[] | null;
    }
  | {
      readonly kind: 'values';
      readonly rows: readonly (readonly Expression[])[];
      readonly alias: string;
      readonly columns: readonly string[];
    }
  | {
      readonly kind: 'function';
      readonly name: Name;
      readonly args: readonly Expression[];
      readonly alias: string | null;
      readonly columns: readonly string[] | null;
    }
  | OpenJson
  /** CHANGETABLE(CHANGES table, since). */
  | {
      readonly kind: 'changes';
      readonly table: Name;
      readonly since: Expression;
      readonly alias: string;
      readonly columns: readonly string[] | null;
    }
  /** CHANGETABLE(VERSION table, (columns), (values)). */
  | {
      readonly kind: 'changeVersion';
      readonly table: Name;
      readonly keyColumns: readonly string[];
      readonly keyValues: readonly Expression[];
      readonly alias: string;
      readonly columns: readonly string[] | null;
    }
  | {
      readonly kind: 'join';
      readonly type: 'inner' | 'left' | 'right' | 'full' | 'cross';
      readonly left: TableSource;
      readonly right: TableSource;
      readonly on: Condition | null; // null for cross only
    }
  | {
      readonly kind: 'apply';
      readonly outer: boolean;
      readonly left: TableSource;
      readonly right: TableSource;
    };

export interface OpenJson {
  readonly kind: 'openJson';
  readonly json: Expression;
  readonly path: Expression | null;
  /** Null: the default columns key, value, type. */
  readonly columns: readonly OpenJsonColumn[] | null;
  readonly alias: string | null;
}

export interface OpenJsonColumn {
  readonly name: string;
  readonly type: TypeName;
  readonly path: string | null;
  readonly asJson: boolean;
}

/** Upper case; `INDEX` has the names (or numbers) of indexes. */
export interface TableHint {
  readonly name: string;
  readonly args: readonly string[];
}
