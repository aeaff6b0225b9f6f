import { z } from 'zod';
import type { TableName } from '../../../core/names.js';
import { readRows } from '../catalog/read-rows.js';
import type { Param, Query } from '../sql-session.js';
import { param } from '../sql-session.js';
import { CONSTRAINT_EXISTS, INDEX_EXISTS, TABLE_EXISTS } from './sql/exists.js';

export interface Question {
  readonly sql: string;
  readonly params: readonly Param[];
}

export interface Statement {
  /** For progress and logs, e.g. `index PK_Orders`. */
  readonly what: string;
  readonly sql: string;
  /** Whether the statement has been done already (isDone). Null: it may simply be run again. */
  readonly done: Question | null;
}

export function repeatable(what: string, sql: string): Statement {
  return { what, sql, done: null };
}

export function tableExists(table: TableName): Question {
  return { sql: TABLE_EXISTS, params: tableParams(table) };
}

export function indexExists(table: TableName, name: string): Question {
  return { sql: INDEX_EXISTS, params: [...tableParams(table), param.nvarchar('name', name)] };
}

export function constraintExists(table: TableName, name: string): Question {
  return { sql: CONSTRAINT_EXISTS, params: [...tableParams(table), param.nvarchar('name', name)] };
}

export function tableParams(table: TableName): Param[] {
  return [param.nvarchar('schema', table.schema), param.nvarchar('table', table.table)];
}

/** The answer to a statement's own question. */
export async function isDone(query: Query, question: Question): Promise<boolean> {
  const row = z.object({ done: z.number() });
  const [answer] = await readRows(query, question.sql, row, question.params);
  return (answer?.done ?? 0) > 0;
}
