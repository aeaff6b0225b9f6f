import { SluiceError } from '../../../core/errors.js';
import type { Migration } from './migrations.js';
import { LATEST_VERSION, MIGRATIONS, migrationSql } from './migrations.js';
import type { StateDb, StateSession } from './state-db.js';
import { onlyRow } from './state-db.js';

/** Any number that no other program is likely to lock; all workers have to use the same one. */
const MIGRATION_LOCK = '7310579236487141';

const SCHEMA_FACTS = `
select to_regnamespace('sluice') is not null as has_schema,
       to_regclass('sluice.migration') is not null as has_versions`;

const APPLIED = `select version, breaking from sluice.migration order by version`;

interface Applied {
  readonly version: number;
  readonly breaking: boolean;
}

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
    const before = missingFrom(await appliedVersions(db), subject);
    if (before.missing.length === 0) return { from: before.version, to: before.version };
    return await db.transaction(async (session) => migrateLocked(session, subject));
  } catch (error) {
    throw withScriptRemedy(error, subject);
  }
}

async function migrateLocked(
  session: StateSession,
  subject: string,
): Promise<{ from: number; to: number }> {
  await session.rows('select pg_advisory_xact_lock($1::bigint)', [MIGRATION_LOCK]);
  const { version, missing } = missingFrom(await appliedVersions(session), subject);
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

function missingFrom(
  applied: readonly Applied[],
  subject: string,
): { version: number; missing: readonly Migration[] } {
  const tooNew = applied.filter((row) => row.version > LATEST_VERSION && row.breaking);
  const newest = tooNew.at(-1);
  if (newest !== undefined) {
    throw new SluiceError(
      'STATE_TOO_NEW',
      `The schema sluice in ${subject} has version ${String(newest.version)}; this worker knows ` +
        `versions up to ${String(LATEST_VERSION)}.`,
      { remedy: 'Run a worker of the newer release: state is never taken back to an older one.' },
    );
  }
  const there = new Set(applied.map((row) => row.version));
  return {
    version: Math.max(0, ...there),
    missing: MIGRATIONS.filter((migration) => !there.has(migration.version)),
  };
}

function withScriptRemedy(error: unknown, subject: string): unknown {
  if (!(error instanceof SluiceError) || error.code !== 'PERMISSION_DENIED') return error;
  return new SluiceError(
    'PERMISSION_DENIED',
    `The role that Sluice uses may not create or read the schema sluice in ${subject}.`,
    {
      remedy:
        'Have a DBA run the script that `sluice state init --print` gives, and grant the role ' +
        'USAGE on the schema and all rights on what is in it.',
      ...(error.vendorCode === undefined ? {} : { vendorCode: error.vendorCode }),
      cause: error,
    },
  );
}
