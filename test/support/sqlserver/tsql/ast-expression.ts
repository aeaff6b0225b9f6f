import type { Query } from './ast-query.js';

/** One to four parts, the object last; a part left out (`db..t`) is the empty string. */
export type Name = readonly string[];

/** `decimal(18,4)` has size 18 and scale 4, `varchar(max)` the size 'max'. Synonyms of the
 *  standard are replaced: `integer` → `int`, `numeric` → `decimal`, `rowversion` → `timestamp`. */
export interface TypeName {
  readonly name: Name;
  readonly size: number | 'max' | null;
  readonly scale: number | null;
}

/** What yields a value. */
export type Expression =
  | Literal
  | { readonly kind: 'default' } // the word DEFAULT in VALUES, SET and EXEC
  | { readonly kind: 'variable'; readonly name: string } // with its @, as written
  | { readonly kind: 'global'; readonly name: string } // upper case: @@ROWCOUNT
  | { readonly kind: 'column'; readonly name: Name } // also a date part: DATEADD(day, …)
  | { readonly kind: 'unary'; readonly op: '+' | '-' | '~'; readonly operand: Expression }
  | Arithmetic
  | { readonly kind: 'subquery'; readonly query: Query }
  | Case
  | {
      readonly kind: 'iif';
      readonly when: Condition;
      readonly then: Expression;
      readonly else: Expression;
    }
  | Cast
  | Convert
  | Call
  /** `geography::Point(…)`, `hierarchyid::Parse(…)`. */
  | {
      readonly kind: 'staticCall';
      readonly type: string;
      readonly method: string;
      readonly args: readonly Expression[];
    }
  | { readonly kind: 'collate'; readonly operand: Expression; readonly collation: string }
  | { readonly kind: 'atTimeZone'; readonly operand: Expression; readonly zone: Expression }
  | { readonly kind: 'nextValue'; readonly sequence: Name }
  | PartitionNumber;

export type Literal =
  | { readonly kind: 'null' }
  | { readonly kind: 'string'; readonly value: string; readonly unicode: boolean }
  /** `integer` 1 (int or, when larger, decimal), `decimal` 1.50, `float` 1e3, `money` $1.5. */
  | {
      readonly kind: 'number';
      readonly type: 'integer' | 'decimal' | 'float' | 'money';
      readonly text: string;
    }
  | { readonly kind: 'binary'; readonly value: Buffer };

export interface Arithmetic {
  readonly kind: 'arithmetic';
  readonly op: '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^';
  readonly left: Expression;
  readonly right: Expression;
}

/** `operand` null: each `when` is a condition (searched CASE). */
export type Case =
  | {
      readonly kind: 'simpleCase';
      readonly operand: Expression;
      readonly whens: readonly { readonly when: Expression; readonly then: Expression }[];
      readonly else: Expression | null;
    }
  | {
      readonly kind: 'searchedCase';
      readonly whens: readonly { readonly when: Condition; readonly then: Expression }[];
      readonly else: Expression | null;
    };

export interface Cast {
  readonly kind: 'cast';
  readonly operand: Expression;
  readonly type: TypeName;
  /** TRY_CAST: NULL instead of an error. */
  readonly try: boolean;
}

export interface Convert {
  readonly kind: 'convert';
  readonly operand: Expression;
  readonly type: TypeName;
  readonly style: Expression | null;
  readonly try: boolean;
}

/** Also COALESCE, ISNULL, NULLIF, aggregates, and functions without brackets (CURRENT_TIMESTAMP). */
export interface Call {
  readonly kind: 'call';
  /** As written; `sys.fn_cdc_get_max_lsn` has two parts. */
  readonly name: Name;
  readonly args: readonly Expression[];
  /** COUNT(*): no arguments, and this. */
  readonly star: boolean;
  readonly distinct: boolean;
  readonly over: Window | null;
}

export interface Window {
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly OrderItem[];
  readonly frame: Frame | null;
}

export interface Frame {
  readonly unit: 'rows' | 'range';
  readonly start: FrameBound;
  /** Null: up to the current row. */
  readonly end: FrameBound | null;
}

export type FrameBound =
  | { readonly kind: 'unboundedPreceding' | 'unboundedFollowing' | 'currentRow' }
  | { readonly kind: 'preceding' | 'following'; readonly rows: Expression };

export interface OrderItem {
  readonly expression: Expression;
  readonly descending: boolean;
}

/** `[database.]$PARTITION.function(value)`. */
export interface PartitionNumber {
  readonly kind: 'partitionNumber';
  readonly database: string | null;
  readonly function: string;
  readonly value: Expression;
}

/** What is true, false or unknown; T-SQL has no values of that type. */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'not'; readonly operand: Condition }
  | Compare
  | { readonly kind: 'isNull'; readonly operand: Expression; readonly negated: boolean }
  | {
      readonly kind: 'between';
      readonly operand: Expression;
      readonly low: Expression;
      readonly high: Expression;
      readonly negated: boolean;
    }
  | {
      readonly kind: 'like';
      readonly operand: Expression;
      readonly pattern: Expression;
      readonly escape: Expression | null;
      readonly negated: boolean;
    }
  | {
      readonly kind: 'inList';
      readonly operand: Expression;
      readonly list: readonly Expression[];
      readonly negated: boolean;
    }
  | {
      readonly kind: 'inQuery';
      readonly operand: Expression;
      readonly query: Query;
      readonly negated: boolean;
    }
  | { readonly kind: 'exists'; readonly query: Query }
  | {
      readonly kind: 'quantified';
      readonly op: CompareOp;
      readonly quantifier: 'all' | 'any';
      readonly left: Expression;
      readonly query: Query;
    };

/** `!=` comes as `<>`, `!<` as `>=`, `!>` as `<=`. */
export type CompareOp = '=' | '<>' | '<' | '<=' | '>' | '>=';

export interface Compare {
  readonly kind: 'compare';
  readonly op: CompareOp;
  readonly left: Expression;
  readonly right: Expression;
}
