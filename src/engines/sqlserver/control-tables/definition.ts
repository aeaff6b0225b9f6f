import { readFileSync } from 'node:fs';
import { CREATE_SCHEMA } from '../state/migrations.js';

/** Every object of the definition: where all are there, no right to create is needed. */
export const OBJECTS = [
  'source_servers',
  'table_mappings',
  'sync_status',
  'sync_logs',
  'error_logs',
  'verification_logs',
  'control_progress',
  'v_sync_summary',
  'v_recent_errors',
] as const;

/** Batches in their order; each may run again. They need the schema. */
export function definitionBatches(): readonly string[] {
  return ['tables', 'views'].flatMap((name) =>
    readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8')
      .split(/^GO$/mu)
      .map((batch) => batch.trim()),
  );
}

/**
 * For sqlcmd or SSMS, and it may run again. CREATE SCHEMA has to be a batch of its own, so a batch
 * before it switches execution off where the schema is there.
 */
export function definitionScript(): string {
  return [
    "set quoted_identifier, ansi_nulls on;\nif schema_id(N'sluice') is not null set noexec on;",
    `${CREATE_SCHEMA};`,
    'set noexec off;',
    ...definitionBatches(),
    '',
  ].join('\nGO\n');
}
