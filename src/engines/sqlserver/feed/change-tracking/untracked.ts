import { displayName, sameTable, type TableName } from '../../../../core/names.js';
import type { Finding } from '../../../contract/schema.js';
import type { Query } from '../../sql-session.js';
import { readTracked } from './tracked-tables.js';

/** Tables without Change Tracking. */
export async function untracked(query: Query, tables: readonly TableName[]): Promise<Finding[]> {
  const tracked = await readTracked(query, tables);
  return tables
    .filter((table) => !tracked.some(({ name }) => sameTable(name, table)))
    .map((table) => {
      const subject = displayName(table);
      return {
        severity: 'error',
        code: 'feed.table-not-tracked',
        subject,
        message: `Change Tracking is not switched on for ${subject}.`,
        makes: `Change Tracking of ${subject}`,
      };
    });
}
