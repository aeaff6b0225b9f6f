import { msNumberOf } from '../ms-errors.js';
import type { MsConnection } from '../connection-options.js';
import { connectMs } from '../connect.js';
import { param } from '../param.js';
import { quoteIdent } from '../sql/quote.js';
import type { MsSession, Query } from '../sql-session.js';
import { readServerFacts } from '../catalog/server-facts.js';

/** Every server has it. */
export const MAINTENANCE_DATABASE = 'master';

/**
 * What a login is told of a database that is not there, and of one that it may not open
 * (test/conformance/sqlserver/rights: "is refused with a wrong password", "may neither use nor open").
 */
const CANNOT_OPEN = 4060;
const IS_KNOWN = `
SELECT CASE WHEN DB_ID(@name) IS NULL THEN 0 ELSE 1 END AS known`;
/** test/conformance/sqlserver/definitions: "CREATE DATABASE master". */
const EXISTS_BY_NOW = 1801;
/** A collation that this server does not have. */
const COLLATION_REFUSED = new Set([448, 2740]);

/** The collation of the session's database, to make another one like it. */
export async function readDatabaseCollation(query: Query): Promise<string | null> {
  return (await readServerFacts(query)).collation;
}

/**
 * Create the connection's database if it is not there, with the source's collation where the server
 * has it, else with its own. Idempotent.
 *
 * @returns whether it was made, and what is not as on the source
 * @throws SluiceError PERMISSION_DENIED for a login without CREATE DATABASE; DATABASE_MISSING for a
 * database that is there and may not be opened
 */
export async function createDatabase(
  connection: MsConnection,
  collation: string | null,
): Promise<{ created: boolean; note: string | null }> {
  if ((await refusalOf(connection)) === null) return { created: false, note: null };
  const session = await connectMs({ ...connection, database: MAINTENANCE_DATABASE }, 'state');
  try {
    if (await isKnown(session.query, connection.database)) {
      // Made meanwhile, or closed to this login.
      const refusal = await refusalOf(connection);
      if (refusal !== null) throw refusal;
      return { created: false, note: null };
    }
    for (const { clause, note } of waysToCreate(collation)) {
      const outcome = await tryCreate(session, connection.database, clause);
      if (outcome !== 'refused') return { created: outcome === 'created', note };
    }
    return { created: false, note: null };
  } finally {
    await session.close();
  }
}

/** Null where the database can be opened; throws what has nothing to do with it. */
export async function refusalOf(connection: MsConnection): Promise<Error | null> {
  try {
    const session = await connectMs(connection, 'state');
    await session.close();
    return null;
  } catch (error) {
    if (error instanceof Error && msNumberOf(error) === CANNOT_OPEN) return error;
    throw error;
  }
}

/**
 * For a session of the maintenance database, where every login sees which databases there are unless
 * VIEW ANY DATABASE was taken from it.
 */
export async function isKnown(query: Query, database: string): Promise<boolean> {
  const [row] = await query<{ known: number }>(IS_KNOWN, [param.nvarchar('name', database)]);
  return row?.known === 1;
}

/** CREATE DATABASE cannot be part of a transaction, so it is a batch of its own. */
async function tryCreate(
  session: MsSession,
  name: string,
  clause: string,
): Promise<'created' | 'exists' | 'refused'> {
  try {
    await session.batch(`CREATE DATABASE ${quoteIdent(name)}${clause}`);
    return 'created';
  } catch (error) {
    const number = msNumberOf(error) ?? 0;
    if (number === EXISTS_BY_NOW) return 'exists';
    if (clause !== '' && COLLATION_REFUSED.has(number)) return 'refused';
    throw error;
  }
}

function waysToCreate(collation: string | null): { clause: string; note: string | null }[] {
  const plain = { clause: '', note: null };
  if (collation === null) return [plain];
  const note = `The server does not have the source's collation ${collation}: texts sort otherwise.`;
  return [
    { clause: ` COLLATE ${collation}`, note: null },
    { ...plain, note },
  ];
}
