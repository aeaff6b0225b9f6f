import type { StateSession } from '../state/state-db.js';
import { sqlStateOf } from '../pg-errors.js';

const INSUFFICIENT_PRIVILEGE = '42501';

/**
 * Ordinary triggers and foreign keys of the target stay quiet for the rest of the transaction.
 * False where the role may not set that: then they act on what is written.
 */
export async function quietTriggers(session: StateSession): Promise<boolean> {
  await session.rows('savepoint quiet_triggers');
  try {
    await session.rows('set local session_replication_role = replica');
    await session.rows('release savepoint quiet_triggers');
    return true;
  } catch (error) {
    if (sqlStateOf(error) !== INSUFFICIENT_PRIVILEGE) throw error;
    await session.rows('rollback to savepoint quiet_triggers');
    return false;
  }
}
