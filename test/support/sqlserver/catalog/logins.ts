/**
 * Who may log in, and open which database. Needed by test/conformance/sqlserver/rights: "is refused
 * with a wrong password (18456)" and test/conformance/sqlserver/rights: "may neither use
 * nor open a database".
 */
import { SqlError } from '../backend.js';
import type { DatabaseInfo, SessionContext } from '../engine/catalog-seam.js';

/**
 * Throws 18456 for a wrong name or password. The session's PostgreSQL connection learns who it is:
 * ms.login() answers from there.
 */
export async function logIn(
  context: Pick<SessionContext, 'query'>,
  user: string,
  password: string,
): Promise<string> {
  const [row] = await context.query<{ database: string; name: string; known: boolean }>(
    'SELECT database, name, password = $2 AS known FROM ms.logins WHERE lower(name) = lower($1)',
    [user, password],
  );
  if (row?.known !== true) {
    throw new SqlError(18_456, `Login failed for user '${user}'.`, { level: 14 });
  }
  await context.query("SELECT set_config('ss.login', $1, false)", [row.name]);
  return row.database;
}

/** Throws 911 where it is missing, 916 where the login has no user in it. */
export async function openDatabase(
  context: Pick<SessionContext, 'query' | 'login'>,
  name: string,
): Promise<DatabaseInfo> {
  const [row] = await context.query<DatabaseInfo & { access: number }>(
    `SELECT id, name, coll AS collation, snapshot AS "snapshotAllowed", ms.has_db_access(id) AS access
       FROM ms.databases WHERE lower(name) = lower($1)`,
    [name],
  );
  if (row === undefined) throw missing(name);
  if (row.access === 0) {
    throw new SqlError(
      916,
      `The server principal "${context.login}" is not able to access the database "${name}" under the current security context.`,
      { level: 14 },
    );
  }
  const { id, name: own, collation, snapshotAllowed } = row;
  return { id, name: own, collation, snapshotAllowed };
}

function missing(name: string): SqlError {
  return new SqlError(
    911,
    `Database '${name}' does not exist. Make sure that the name is entered correctly.`,
  );
}
