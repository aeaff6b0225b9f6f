import { msNumberOf } from '../ms-errors.js';
import type { MsConnection } from '../connection-options.js';
import { connectMs } from '../connect.js';
import { quoteIdent } from '../sql/quote.js';
import type { MsSession, Query } from '../sql-session.js';
import { readServerFacts } from '../catalog/server-facts.js';

/** Every server has it. */
const MAINTENANCE_DATABASE = 'master';

/** At a login 4060 (test/conformance/sqlserver/rights: "is refused with a wrong password"). */
const DATABASE_MISSING = new Set([4060, 911]);
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
 * @throws SluiceError PERMISSION_DENIED for a login without CREATE DATABASE
 */
export async function createDatabase(
  connection: MsConnection,
  collation: string | null,
): Promise<{ created: boolean; note: string | null }> {
  if (await isThere(connection)) return { created: false, note: null };
  const session = await connectMs({ ...connection, database: MAINTENANCE_DATABASE }, 'state');
  try {
    for (const { clause, note } of waysToCreate(collation)) {
      const outcome = await tryCreate(session, connection.database, clause);
      if (outcome !== 'refused') return { created: outcome === 'created', note };
    }
    return { created: false, note: null };
  } finally {
    await session.close();
  }
}

async function isThere(connection: MsConnection): Promise<boolean> {
  try {
    const session = await connectMs(connection, 'state');
    await session.close();
    return true;
  } catch (error) {
    if (DATABASE_MISSING.has(msNumberOf(error) ?? 0)) return false;
    throw error;
  }
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
