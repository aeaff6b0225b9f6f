import type { RowIssue } from '../config/control-tables/row-problem.js';
import type { ControlError } from '../engines/contract/control-tables.js';
import { PASSING } from './control-news.js';

/** What is wrong with a row, as an error that passes when the row is put right. */
export function issueError({ issue, mappingId }: RowIssue, now: Date): ControlError {
  const { file, path, message } = issue;
  return {
    key: `${PASSING}${file} ${path}`,
    mappingId: mappingId ?? null,
    errorType: 'CONFIG_INVALID',
    message: `${file}: ${path} ${message}.`,
    retryCount: 0,
    at: now,
    resolvedAt: null,
  };
}
