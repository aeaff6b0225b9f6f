import type { Param, Query, Row } from '../../../src/engines/sqlserver/sql-session.js';

export interface ScriptedQuery {
  readonly query: Query;
  /** Texts that were sent and had no answer of their own: statements, not questions. */
  readonly sent: string[];
}

/** Answers each text by the rows that are written down for it, any other by none. */
export function scriptedQuery(answers: ReadonlyMap<string, readonly Row[]>): ScriptedQuery {
  const sent: string[] = [];
  const query: Query = <T extends Row>(sql: string, _params: readonly Param[] = []) => {
    const rows = answers.get(sql);
    if (rows === undefined) sent.push(sql);
    return Promise.resolve((rows ?? []) as readonly T[]);
  };
  return { query, sent };
}
