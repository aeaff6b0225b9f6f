import { sameTable, type TableName } from '../../../../core/names.js';
import type { FeedMembership } from '../../../contract/feed.js';
import type { Query } from '../../sql-session.js';
import { parseInstanceName } from './instance-name.js';
import type { Instance } from './instances.js';
import { readInstances } from './instances.js';

/**
 * By which instance each table is captured. An instance that was dropped and made again is another
 * one; the next generation of one that Sluice made is the same.
 */
export async function readMemberships(
  query: Query,
  tables: readonly TableName[],
): Promise<FeedMembership[]> {
  const instances = await readInstances(query);
  return tables.map((table) => {
    const oldest = instances.find((instance) => sameTable(instance.table, table));
    return { table, mark: oldest === undefined ? null : markOf(oldest), harm: null };
  });
}

function markOf(instance: Instance): string {
  const own = parseInstanceName(instance.name);
  return own === null ? `${instance.name} ${instance.created}` : own.stem;
}
