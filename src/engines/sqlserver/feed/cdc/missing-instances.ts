import { displayName, sameTable, type TableName } from '../../../../core/names.js';
import type { Finding } from '../../../contract/schema.js';
import type { Query } from '../../sql-session.js';
import { readUncaptured } from './coverage.js';
import { readSwitch } from './enable.js';
import { readInstances } from './instances.js';

/** Tables that no capture instance has all columns of. */
export async function missingInstances(
  query: Query,
  tables: readonly TableName[],
): Promise<Finding[]> {
  // Without the switch there is no schema of its own to ask.
  const { enabled } = await readSwitch(query);
  const instances = enabled ? await readInstances(query) : [];
  const uncaptured = enabled ? await readUncaptured(query) : new Map<number, readonly string[]>();
  return tables
    .filter(
      (table) =>
        !instances.some(({ id, table: of }) => sameTable(of, table) && !uncaptured.has(id)),
    )
    .map((table) => {
      const subject = displayName(table);
      return {
        severity: 'error',
        code: 'feed.no-instance',
        subject,
        message: `No capture instance has all columns of ${subject}.`,
        makes: `a capture instance of ${subject}`,
      };
    });
}
