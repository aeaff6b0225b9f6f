import { missingFrom, withScriptRemedy, type Applied } from '../../contract/schema-version.js';
import { LATEST_VERSION, MIGRATIONS, migrationSql } from './migrations.js';
import type { StateDb, StateSession } from './state-db.js';
import { onlyRow } from './state-db.js';

/** Any number that no other program is likely to lock; all workers have to use the same one. */
const MIGRATION_LOCK = '7310579236487141';

const SCHEMA_FACTS = `
select to_regnamespace('sluice') is not null as has_schema,
       to_regclass('sluice.migration') is not null as has_versions`;

const APPLIED = `select version, breaking from sluice.migration order by version`;

const RIGHTS = { who: 'role', grants: 'USAGE on the schema and all rights on what is in it' };

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
    const before = missingFrom(MIGRATIONS, await appliedVersions(db), subject);
    if (before.missing.length === 0) return { from: before.version, to: before.version };
    return await db.transaction(async (session) => migrateLocked(session, subject));
  } catch (error) {
    throw withScriptRemedy(error, subject, RIGHTS);
  }
}

async function migrateLocked(
  session: StateSession,
  subject: string,
): Promise<{ from: number; to: number }> {
  await session.rows('select pg_advisory_xact_lock($1::bigint)', [MIGRATION_LOCK]);
  const { version, missing } = missingFrom(MIGRATIONS, await appliedVersions(session), subject);
  const facts = await schemaFacts(session);
  // CREATE SCHEMA IF NOT EXISTS asks for the right even where the schema is there.
  if (!facts.has_schema) await session.rows('create schema sluice');
  for (const migration of missing) await session.rows(await migrationSql(migration));
  return { from: version, to: Math.max(version, LATEST_VERSION) };
}

async function appliedVersions(session: StateSession): Promise<readonly Applied[]> {
  const facts = await schemaFacts(session);
  return facts.has_versions ? session.rows<Applied & Record<string, unknown>>(APPLIED) : [];
}

async function schemaFacts(session: StateSession) {
  return onlyRow(await session.rows<{ has_schema: boolean; has_versions: boolean }>(SCHEMA_FACTS));
}
