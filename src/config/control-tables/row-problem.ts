import type { ConfigIssue } from '../issue.js';

export interface RowOf {
  readonly serverId: number;
  readonly mappingId?: number;
}

/** Something wrong with a row: it stops what that row asks for, and nothing else. */
export interface RowProblem extends RowOf {
  readonly column: string;
  /** What is wrong and what to write instead. Never a value of connection_string. */
  readonly message: string;
  readonly severity: 'error' | 'warning';
}

/** Where a row stands, as `config show` and messages name it. */
export function placeOf({ serverId, mappingId }: RowOf): string {
  const mapping = mappingId === undefined ? '' : `, mapping ${String(mappingId)}`;
  return `control tables, server ${String(serverId)}${mapping}`;
}

/** A row has no line: the place is its number. */
export function issueOf(problem: RowProblem): ConfigIssue {
  const { column, message, severity } = problem;
  return { file: placeOf(problem), line: 0, column: 0, path: column, message, severity };
}
