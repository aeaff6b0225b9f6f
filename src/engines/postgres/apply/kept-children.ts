import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import type { TargetTable } from './target-table.js';

/**
 * Foreign keys of the target act on what Sluice does to this table: a row that is deleted and comes
 * back would take the rows that refer to it along, and those would not come back.
 */
export function keepsChildren(table: TargetTable, replica: boolean): boolean {
  return !replica && table.actsOn.length > 0;
}

/** Why a row must not be deleted and inserted again; ends in no full stop. */
export function takesChildren(table: TargetTable): string {
  const [first = '', ...others] = table.actsOn;
  const more = others.length === 0 ? '' : ` and ${String(others.length)} more`;
  return `rows of ${displayName(table.name)} would have to be deleted and inserted again, and a foreign key would delete or change rows of ${first}${more} with them`;
}

export const LET_CHILDREN_BE =
  'Let the login set session_replication_role (from PostgreSQL 15 on: GRANT SET ON PARAMETER), or take the action (ON DELETE, ON UPDATE) from that foreign key of the target; then retry the table.';

export function childrenRefused(table: TargetTable): SluiceError {
  return new SluiceError('ROW_REJECTED', `It was not done: ${takesChildren(table)}.`, {
    remedy: LET_CHILDREN_BE,
  });
}
