import { displayName, type TableName } from '../../core/names.js';

/**
 * A row came to a key where another one is, which may leave it later in the same transaction of the
 * source: its changes are too many to be held in memory, so what would become of both is not known.
 */
export function sharedKeyMessage(table: TableName): string {
  return (
    `Rows of ${displayName(table)} take keys of other rows in one transaction of thousands of ` +
    'changes, and the key of the target table is checked at once. Make it DEFERRABLE there if it ' +
    'is so on the source and the target can have that, then resync the table.'
  );
}
