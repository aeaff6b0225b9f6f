import type { TableName } from '../../../core/names.js';
import { quoteLiteral, quoteQualified } from '../sql/quote.js';

export interface Statement {
  /** For progress and logs, e.g. `index orders_pkey`. */
  readonly what: string;
  readonly sql: string;
  /**
   * A query with one boolean: whether the statement has been done already. Null: it may simply be
   * run again.
   */
  readonly done: string | null;
}

export function repeatable(what: string, sql: string): Statement {
  return { what, sql, done: null };
}

export function relationExists(name: TableName): string {
  return `SELECT to_regclass(${quoteLiteral(quoteQualified(name.schema, name.table))}) IS NOT NULL`;
}

export function constraintExists(table: TableName, constraint: string): string {
  const relation = quoteLiteral(quoteQualified(table.schema, table.table));
  return (
    `SELECT EXISTS (SELECT FROM pg_constraint WHERE conrelid = to_regclass(${relation}) ` +
    `AND conname = ${quoteLiteral(constraint)})`
  );
}

/** Whether a partition or an index of one has its parent. */
export function isAttached(child: TableName): string {
  const relation = quoteLiteral(quoteQualified(child.schema, child.table));
  return `SELECT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass(${relation}))`;
}
