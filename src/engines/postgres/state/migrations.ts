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

/** The statements of one migration with its line in sluice.migration; needs a transaction. */
export async function migrationSql(migration: Migration): Promise<string> {
  const body = await readFile(migration.file, 'utf8');
  const { version, breaking } = migration;
  return `${body.trimEnd()}

insert into sluice.migration (version, breaking) values (${String(version)}, ${String(breaking)});
`;
}

/** Everything after `fromVersion` as one script for psql; 0 includes the schema itself. */
export async function migrationScript(fromVersion: number): Promise<string> {
  const wanted = MIGRATIONS.filter((migration) => migration.version > fromVersion);
  const parts = await Promise.all(wanted.map(migrationSql));
  const schema = fromVersion === 0 ? ['create schema if not exists sluice;\n'] : [];
  return ['begin;\n', ...schema, ...parts, 'commit;\n'].join('\n');
}
