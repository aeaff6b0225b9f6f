import { missingFrom, withScriptRemedy, type Applied } from '../../contract/schema-version.js';
import type { Query } from '../sql-session.js';
import { takeAppLock } from './app-lock.js';
import { CREATE_SCHEMA, LATEST_VERSION, MIGRATIONS, migrationBatches } from './migrations.js';
import type { StateDb } from './state-db.js';
import { onlyRow } from './state-db.js';

const SCHEMA_FACTS = `
select schema_id(N'sluice') as schema_id, object_id(N'sluice.migration') as versions_id`;

const APPLIED = `select version, breaking from sluice.migration order by version`;

const RIGHTS = { who: 'login', grants: 'SELECT, INSERT, UPDATE, DELETE ON SCHEMA::sluice' };

/**
 * Bring the schema to this version, in one transaction that other workers wait for. Where nothing
 * is missing no DDL right is needed.
 *
 * @throws SluiceError STATE_TOO_NEW, or PERMISSION_DENIED with the command that prints the script
 */
export async function migrateState(
  db: StateDb,
  subject: string,
): Promise<{ from: number; to: number }> {
  try {
    const before = missingFrom(MIGRATIONS, await appliedVersions(db.query), subject);
    if (before.missing.length === 0) return { from: before.version, to: before.version };
    return await db.transaction(async (query) => migrateLocked(query, subject));
  } catch (error) {
    throw withScriptRemedy(error, subject, RIGHTS);
  }
}

async function migrateLocked(query: Query, subject: string): Promise<{ from: number; to: number }> {
  await takeAppLock(query, 'sluice.migrate');
  const { version, missing } = missingFrom(MIGRATIONS, await appliedVersions(query), subject);
  const facts = await schemaFacts(query);
  if (facts.schema_id === null) await query(CREATE_SCHEMA);
  for (const migration of missing) {
    for (const batch of await migrationBatches(migration)) await query(batch);
  }
  return { from: version, to: Math.max(version, LATEST_VERSION) };
}

/** Version of the schema; 0 when it is not there. */
export async function stateVersion(query: Query): Promise<number> {
  return Math.max(0, ...(await appliedVersions(query)).map((row) => row.version));
}

async function appliedVersions(query: Query): Promise<readonly Applied[]> {
  const facts = await schemaFacts(query);
  return facts.versions_id === null ? [] : query<Applied & Record<string, unknown>>(APPLIED);
}

async function schemaFacts(query: Query) {
  type Facts = { schema_id: number | null; versions_id: number | null };
  return onlyRow(await query<Facts>(SCHEMA_FACTS));
}
