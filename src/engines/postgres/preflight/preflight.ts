import type { Finding } from '../../contract/schema.js';
import { readNotFollowed } from '../catalog/not-followed.js';
import { readUnseen } from '../catalog/unseen.js';
import type { PgConnection } from '../connection-options.js';
import { checkLog } from './check-log.js';
import { checkServer, readBasics } from './check-server.js';
import type { Basics } from './check-server.js';
import { checkTables } from './check-tables.js';
import { checkTarget } from './check-target.js';
import { finding } from './findings.js';
import { quoteIdent } from '../sql/quote.js';
import type { SqlSession } from '../sql-session.js';

export { readIdentity } from '../feed/lineage.js';

/** What `check` says about a source. Throws only when the server cannot be reached at all. */
export async function preflightSource(
  session: SqlSession,
  connection: PgConnection,
): Promise<readonly Finding[]> {
  const basics = await readBasics(session);
  return [
    ...(await checkServer(session, connection, basics)),
    ...(await checkLog(session, connection, basics)),
    ...checkStandby(basics),
    ...checkPublish(basics),
    ...(await checkTables(session, basics)),
    ...(await readUnseen(session.query)),
    ...(await readNotFollowed(session.query)),
  ];
}

/** What `check` says about a target. Throws only when the server cannot be reached at all. */
export async function preflightTarget(
  session: SqlSession,
  connection: PgConnection,
): Promise<readonly Finding[]> {
  const basics = await readBasics(session);
  return [
    ...(await checkServer(session, connection, basics)),
    ...(await checkTarget(session, basics)),
  ];
}

/** A hand-over has to know which transactions run, and only a primary does. */
function checkStandby(basics: Basics): Finding[] {
  if (!basics.in_recovery) return [];
  const message = 'The source is a standby; tables can only be taken over from a primary.';
  const remedy = 'Name the primary as the source.';
  return [finding('error', 'feed.standby', basics.database, message, remedy)];
}

function checkPublish(basics: Basics): Finding[] {
  if (basics.may_create || basics.in_recovery) return [];
  return [
    finding(
      'warning',
      'feed.create-publication',
      basics.database,
      `The role ${basics.role} may not create a publication in ${basics.database}.`,
      `Run: GRANT CREATE ON DATABASE ${quoteIdent(basics.database)} TO ${quoteIdent(basics.role)}; or name a publication that a DBA made.`,
    ),
  ];
}
