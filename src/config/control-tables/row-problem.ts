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

/** An issue of the configuration, and the row that it is about. */
export interface RowIssue extends RowOf {
  readonly issue: ConfigIssue;
}

/** A row has no line: the place is its number. */
export function issueOf(problem: RowProblem): RowIssue {
  const { serverId, mappingId, column, message, severity } = problem;
  const issue = { file: placeOf(problem), line: 0, column: 0, path: column, message, severity };
  return { issue, serverId, ...(mappingId === undefined ? {} : { mappingId }) };
}
