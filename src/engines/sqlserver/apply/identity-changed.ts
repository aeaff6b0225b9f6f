import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import type { TargetTable } from './target-table.js';

/**
 * No UPDATE can set an identity column, and a row that an enabled foreign key refers to must not go
 * and come back: what refers to it would go with it, or keep it.
 */
export function identityChanged(table: TargetTable): SluiceError {
  const column = table.columns.find(({ identity }) => identity)?.name ?? '';
  const what = `${displayName(table.name)}.${column}`;
  return new SluiceError(
    'ROW_REJECTED',
    `The source changed a value of ${what}, an identity column, and the row cannot be replaced.`,
    { remedy: 'Make the column of the target table a plain one, then resync the table.' },
  );
}
