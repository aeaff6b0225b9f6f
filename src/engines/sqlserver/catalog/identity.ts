import { z } from 'zod';
import type { DatabaseIdentity } from '../../contract/schema.js';
import type { Query } from '../sql-session.js';
import { unlessHidden } from '../unless-hidden.js';
import { readRows } from './read-rows.js';
import type { ServerFacts } from './server-facts.js';
import { readServerFacts } from './server-facts.js';
import { RECOVERY_FORK } from './sql/server.js';

const forkRow = z.object({ fork: z.string().nullable() });

/**
 * `database` is the server, the number of the database there and when it was made (servers that were
 * cloned have one name), or, in an availability group, the group's own number of it, which every
 * replica has. `lineage` adds the recovery fork, which
 * changes with a restore to an earlier moment; where it cannot be seen, the day the database was
 * made.
 */
export async function readIdentity(query: Query): Promise<DatabaseIdentity> {
  const facts = await readServerFacts(query);
  const place =
    facts.groupDatabase === null
      ? `${facts.server}/${String(facts.databaseId)}`
      : `group/${facts.groupDatabase.toLowerCase()}`;
  const made = facts.groupDatabase === null ? `/${facts.created}` : '';
  const database = `sqlserver:${place}${made}`;
  const fork = await readFork(query, facts);
  return {
    database,
    lineage: `${place}/${fork ?? facts.created}`,
    description: `${productOf(facts)}, database ${facts.database}`,
  };
}

/** "SQL Server 16.0.4135.4 (Developer Edition)". */
export function productOf(facts: ServerFacts): string {
  if (facts.kind === 'server') return `SQL Server ${facts.version} (${facts.editionName})`;
  const name = facts.kind === 'managed instance' ? 'Managed Instance' : 'Azure SQL Database';
  return `${name} ${facts.version}`;
}

async function readFork(query: Query, facts: ServerFacts): Promise<string | null> {
  if (facts.kind === 'azure database') return null;
  const rows = await unlessHidden(async () => readRows(query, RECOVERY_FORK, forkRow));
  return rows?.[0]?.fork?.toLowerCase() ?? null;
}
