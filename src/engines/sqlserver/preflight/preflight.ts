import type { Finding } from '../../contract/schema.js';
import type { MayEnable } from '../catalog/feeds-of.js';
import type { MsConnection } from '../connection-options.js';
import type { Query } from '../sql-session.js';
import { readBasics } from './basics.js';

import { checkCapturedTables } from './check-captured-tables.js';
import { checkFeeds } from './check-feeds.js';
import { checkLargeValues } from './check-large-values.js';
import { checkRights } from './check-rights.js';
import { checkServer } from './check-server.js';
import { checkTarget } from './check-target.js';

/** What `check` says about a source. Throws only when the server cannot be reached at all. */
export async function preflightSource(
  query: Query,
  connection: MsConnection,
  may: MayEnable,
): Promise<readonly Finding[]> {
  const basics = await readBasics(query);
  return [
    ...checkServer(connection, basics),
    ...(await checkFeeds(query, basics, may)),
    ...(await checkLargeValues(query, basics, may)),
    ...(await checkCapturedTables(query, basics, may)),
    ...(await checkRights(query, basics)),
  ];
}

/** What `check` says about a target. Throws only when the server cannot be reached at all. */
export async function preflightTarget(
  query: Query,
  connection: MsConnection,
): Promise<readonly Finding[]> {
  const basics = await readBasics(query);
  return [...checkServer(connection, basics), ...(await checkTarget(query, basics))];
}
