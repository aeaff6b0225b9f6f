import type { PgConnection } from './connection-options.js';
import { placesOf } from './session-places.js';
import type { IdleRules } from './state/session-pool.js';

/** What the connection says of sessions that nobody uses. */
export function idleRules(connection: PgConnection): IdleRules | null {
  const { pool } = connection;
  return pool === undefined ? null : { ...pool, places: placesOf(connection) };
}
