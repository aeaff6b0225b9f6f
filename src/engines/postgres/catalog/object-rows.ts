/** Readers of everything that is not a table; each is one query for the whole database. */
import { z } from 'zod';
import type { Query } from '../sql-session.js';
import type { PgCollation, PgExtension, PgRoutine, PgView } from './object-model.js';
import { coded, readRows } from './read-rows.js';
import { ROUTINES } from './sql/routines.js';
import { COLLATIONS, EXTENSIONS, SCHEMAS } from './sql/schemas.js';
import { VIEWS } from './sql/views.js';

const named = {
  oid: z.string(),
  schema: z.string(),
  name: z.string(),
  comment: z.string().nullable(),
};

const extensionRow = z
  .object({ ...named, version: z.string() })
  .transform((row): PgExtension => ({ kind: 'extension', ...row }));

const collationRow = z
  .object({
    ...named,
    provider: coded<'libc' | 'icu' | 'builtin'>({ c: 'libc', i: 'icu', b: 'builtin' }),
    deterministic: z.boolean(),
    collate: z.string().nullable(),
    ctype: z.string().nullable(),
    locale: z.string().nullable(),
    rules: z.string().nullable(),
  })
  .transform((row): PgCollation => ({ kind: 'collation', ...row }));

const routineRow = z
  .object({
    ...named,
    kind: coded<'function' | 'procedure'>({
      f: 'function',
      p: 'procedure',
      a: 'function',
      w: 'function',
    }),
    arguments: z.string(),
    language: z.string(),
    definition: z.string().nullable(),
    parsedBody: z.boolean(),
  })
  .transform((row): PgRoutine => row);

const viewRow = z
  .object({
    ...named,
    definition: z.string(),
    columns: z.array(z.string()),
    options: z.array(z.string()),
  })
  .transform((row): PgView => ({ kind: 'view', ...row }));

const schemaRow = z.object({ name: z.string(), comment: z.string().nullable() });
export type PgSchemaName = z.infer<typeof schemaRow>;

export async function readSchemas(query: Query): Promise<PgSchemaName[]> {
  return readRows(query, SCHEMAS, schemaRow);
}

export async function readExtensions(query: Query): Promise<PgExtension[]> {
  return readRows(query, EXTENSIONS, extensionRow);
}

export async function readCollations(query: Query): Promise<PgCollation[]> {
  return readRows(query, COLLATIONS, collationRow);
}

export async function readRoutines(query: Query): Promise<PgRoutine[]> {
  return readRows(query, ROUTINES, routineRow);
}

export async function readViews(query: Query): Promise<PgView[]> {
  return readRows(query, VIEWS, viewRow);
}
