import { z } from 'zod';
import type { PgConnection } from '../connection-options.js';
import { readRows } from '../catalog/read-rows.js';
import { sqlStateOf } from '../pg-errors.js';
import { quoteIdent, quoteLiteral } from '../sql/quote.js';
import type { Query } from '../sql-session.js';
import { SqlSession } from '../sql-session.js';

/** Every server has it, and nobody keeps tables in it. */
export const MAINTENANCE_DATABASE = 'postgres';

const DATABASE_MISSING = '3D000';
/** Somebody else was faster; the second one when both checked at the same moment. */
const EXISTS_BY_NOW = new Set(['42P04', '23505']);
/** A locale, provider or clause that this server does not have. */
const LOCALE_REFUSED = new Set(['42809', '22023', '42P17', '0A000', '42601', '22021', '42704']);

const DATABASE_LOCALE = `
select pg_encoding_to_char(encoding)::text as encoding,
       to_jsonb(d) ->> 'datcollate' as collate,
       to_jsonb(d) ->> 'datctype' as ctype,
       coalesce(to_jsonb(d) ->> 'datlocprovider', 'c') as provider,
       coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') as locale,
       to_jsonb(d) ->> 'daticurules' as rules
  from pg_database d
 where datname = current_database()`;

const localeRow = z.object({
  encoding: z.string(),
  collate: z.string(),
  ctype: z.string(),
  provider: z.string(),
  locale: z.string().nullable(),
  rules: z.string().nullable(),
});
export type DatabaseLocale = z.infer<typeof localeRow>;

/** Encoding and locale of the session's database, to make another one like it. */
export async function readDatabaseLocale(query: Query): Promise<DatabaseLocale | null> {
  const [row] = await readRows(query, DATABASE_LOCALE, localeRow);
  return row ?? null;
}

/**
 * Create the connection's database if it is not there, like the source's where the server knows
 * that locale, else with its encoding, else as the server makes them. Idempotent.
 *
 * @returns whether it was made, and what is not as on the source
 * @throws SluiceError PERMISSION_DENIED for a role without CREATEDB
 */
export async function createDatabase(
  connection: PgConnection,
  source: DatabaseLocale | null,
): Promise<{ created: boolean; note: string | null }> {
  if (await isThere(connection)) return { created: false, note: null };
  const session = new SqlSession({ ...connection, database: MAINTENANCE_DATABASE }, 'state');
  try {
    for (const { clauses, note } of waysToCreate(source)) {
      const outcome = await tryCreate(session, connection.database, clauses);
      if (outcome !== 'refused') return { created: outcome === 'created', note };
    }
    return { created: false, note: null };
  } finally {
    await session.close();
  }
}

async function isThere(connection: PgConnection): Promise<boolean> {
  const session = new SqlSession(connection, 'state');
  try {
    await session.query('SELECT 1');
    return true;
  } catch (error) {
    if (sqlStateOf(error) === DATABASE_MISSING) return false;
    throw error;
  } finally {
    await session.close();
  }
}

async function tryCreate(
  session: SqlSession,
  name: string,
  clauses: string,
): Promise<'created' | 'exists' | 'refused'> {
  try {
    await session.query(`CREATE DATABASE ${quoteIdent(name)}${clauses}`);
    return 'created';
  } catch (error) {
    const state = sqlStateOf(error) ?? '';
    if (EXISTS_BY_NOW.has(state)) return 'exists';
    if (clauses !== '' && LOCALE_REFUSED.has(state)) return 'refused';
    throw error;
  }
}

function waysToCreate(source: DatabaseLocale | null): { clauses: string; note: string | null }[] {
  const plain = { clauses: '', note: null };
  if (source === null) return [plain];
  const encoding = ` TEMPLATE template0 ENCODING ${quoteLiteral(source.encoding)}`;
  const locale =
    ` LC_COLLATE ${quoteLiteral(source.collate)} LC_CTYPE ${quoteLiteral(source.ctype)}` +
    providerClause(source);
  const wanted = `${source.locale ?? source.collate}, ${source.encoding}`;
  const sorted = `The server cannot use the source's locale (${wanted}): texts sort otherwise.`;
  return [
    { clauses: encoding + locale, note: null },
    { clauses: encoding, note: sorted },
    { clauses: '', note: `${sorted} The encoding is the server's default, too.` },
  ];
}

/** Providers other than libc came with versions 15 (icu) and 17 (builtin). */
function providerClause(source: DatabaseLocale): string {
  if (source.locale === null) return '';
  const locale = quoteLiteral(source.locale);
  if (source.provider === 'b') return ` LOCALE_PROVIDER builtin BUILTIN_LOCALE ${locale}`;
  if (source.provider !== 'i') return '';
  const rules = source.rules === null ? '' : ` ICU_RULES ${quoteLiteral(source.rules)}`;
  return ` LOCALE_PROVIDER icu ICU_LOCALE ${locale}${rules}`;
}
