import { readFile } from 'node:fs/promises';
import { latestOf, type Migration } from '../../contract/schema-version.js';

/** Numbered, forward only; a released file never changes. */
export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    breaking: true,
    file: new URL('./000001-initial.sql', import.meta.url),
  },
];

export const LATEST_VERSION = latestOf(MIGRATIONS);

export const CREATE_SCHEMA = 'create schema sluice';

/** The batches of one migration with its line in sluice.migration; they need a transaction. */
export async function migrationBatches(migration: Migration): Promise<readonly string[]> {
  const body = await readFile(migration.file, 'utf8');
  const { version, breaking } = migration;
  const done = `insert into sluice.migration (version, breaking)
values (${String(version)}, ${breaking ? '1' : '0'});`;
  return [...body.split(/^GO$/mu).map((batch) => batch.trim()), done];
}

/** Ends the script where a batch failed: sqlcmd and others would go on outside the transaction. */
const STOP_AFTER_FAILURE = 'if @@trancount = 0 set noexec on;';

/** Everything after `fromVersion` as one script for sqlcmd or SSMS; 0 includes the schema itself. */
export async function migrationScript(fromVersion: number): Promise<string> {
  const wanted = MIGRATIONS.filter((migration) => migration.version > fromVersion);
  const batches = (await Promise.all(wanted.map(migrationBatches))).flat();
  const all = [...(fromVersion === 0 ? [CREATE_SCHEMA] : []), ...batches];
  return [
    'set quoted_identifier, ansi_nulls on;\nset xact_abort on;\nbegin transaction;',
    ...all.flatMap((batch) => [batch, STOP_AFTER_FAILURE]),
    'commit;',
    'set noexec off;',
    '',
  ].join('\nGO\n');
}
