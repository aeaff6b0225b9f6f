import { z } from 'zod';
import type { Finding } from '../../contract/schema.js';
import { flag, readRows } from '../catalog/read-rows.js';
import { connectMs } from '../connect.js';
import type { MsConnection } from '../connection-options.js';
import { isKnown, MAINTENANCE_DATABASE, refusalOf } from '../define/create-database.js';
import { quoteIdent } from '../sql/quote.js';
import { finding } from './findings.js';
import { READ_CREATE_RIGHTS } from './sql/basics.js';

const rightsRow = z.object({ login: z.string(), mayCreate: flag });

/**
 * What stands against making the connection's database, which could not be opened: it may be there and
 * closed to the login, or the login may not make one.
 */
export async function createDatabaseFindings(
  connection: MsConnection,
): Promise<readonly Finding[]> {
  const { database } = connection;
  const session = await connectMs({ ...connection, database: MAINTENANCE_DATABASE }, 'state');
  try {
    const rows = await readRows(session.query, READ_CREATE_RIGHTS, rightsRow);
    const isThere = await isKnown(session.query, database);
    // Made meanwhile, by a worker.
    if (isThere && (await refusalOf(connection)) === null) return [];
    return rows.flatMap(({ login, mayCreate }) => {
      if (isThere) return [closed(login, database)];
      return mayCreate ? [] : [mayNot(login, database)];
    });
  } finally {
    await session.close();
  }
}

function closed(login: string, database: string): Finding {
  const [user, place] = [quoteIdent(login), quoteIdent(database)];
  return finding(
    'error',
    'target.open-database',
    database,
    `The database ${database} is there, but the login ${login} cannot open it.`,
    `Run: USE ${place}; CREATE USER ${user} FOR LOGIN ${user}; ALTER ROLE db_owner ADD MEMBER ${user}; where the user is there without its login: ALTER USER ${user} WITH LOGIN = ${user}; or bring the database online.`,
  );
}

function mayNot(login: string, database: string): Finding {
  return finding(
    'error',
    'target.create-database',
    database,
    `The login ${login} may not create the database ${database}, and sees none of that name.`,
    `Run, in ${MAINTENANCE_DATABASE}: GRANT CREATE ANY DATABASE TO ${quoteIdent(login)}; or make it: CREATE DATABASE ${quoteIdent(database)}, and give the login a user in it.`,
  );
}
