import { z } from 'zod';
import { SluiceError } from '../../../core/errors.js';
import type { DatabaseIdentity } from '../../contract/schema.js';
import { RECOVERY_FORK, SERVER_FACTS } from '../catalog/sql/server.js';
import type { Query } from '../sql-session.js';

const FACTS = z.object({
  server: z.string(),
  database: z.string(),
  version: z.string(),
  created: z.string(),
  groupDatabase: z.string().nullable(),
});
const FORK = z.object({ fork: z.string().nullable() });

/**
 * A restore makes the database anew or forks its log; both show here. In an availability group all
 * replicas are one database, whichever answers.
 */
export async function readIdentity(query: Query): Promise<DatabaseIdentity> {
  const [row] = await query(SERVER_FACTS);
  const { server, database, version, created, groupDatabase } = FACTS.parse(row);
  const home = groupDatabase ?? `${server}/${database}/${created}`;
  return {
    database: `${server}/${database}`.toLowerCase(),
    lineage: `${home}/${(await readFork(query)) ?? ''}`.toLowerCase(),
    description: `SQL Server ${version}, database ${database} on ${server}`,
  };
}

/** Null where the login may not see it, or the server has no such view. */
async function readFork(query: Query): Promise<string | null> {
  try {
    const [row] = await query(RECOVERY_FORK);
    return row === undefined ? null : FORK.parse(row).fork;
  } catch (error) {
    const hidden = ['PERMISSION_DENIED', 'TABLE_MISSING'];
    if (error instanceof SluiceError && hidden.includes(error.code)) return null;
    throw error;
  }
}
