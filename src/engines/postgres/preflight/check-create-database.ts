import { z } from 'zod';
import type { Finding } from '../../contract/schema.js';
import { readRows } from '../catalog/read-rows.js';
import type { PgConnection } from '../connection-options.js';
import { MAINTENANCE_DATABASE } from '../define/create-database.js';
import { quoteIdent } from '../sql/quote.js';
import { SqlSession } from '../sql-session.js';
import { finding } from './findings.js';

const ROLE = `
select rolname as role, rolcreatedb or rolsuper as may_create
  from pg_roles
 where rolname = current_user`;

const roleRow = z.object({ role: z.string(), may_create: z.boolean() });

/** Whether the role of the connection may make the connection's database. */
export async function createDatabaseFindings(
  connection: PgConnection,
): Promise<readonly Finding[]> {
  const session = new SqlSession({ ...connection, database: MAINTENANCE_DATABASE }, 'state');
  try {
    const rows = await readRows(session.query, ROLE, roleRow);
    return rows.flatMap(({ role, may_create }) =>
      may_create ? [] : [mayNot(role, connection.database)],
    );
  } finally {
    await session.close();
  }
}

function mayNot(role: string, database: string): Finding {
  const grant = `ALTER ROLE ${quoteIdent(role)} CREATEDB`;
  const make = `CREATE DATABASE ${quoteIdent(database)} OWNER ${quoteIdent(role)}`;
  return finding(
    'error',
    'target.create-database',
    database,
    `The role ${role} may not create the database ${database}.`,
    `Run: ${grant}; or make it: ${make}`,
  );
}
