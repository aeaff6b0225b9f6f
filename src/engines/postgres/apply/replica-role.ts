import { sqlStateOf } from '../pg-errors.js';
import type { StateSession } from '../state/state-db.js';

const INSUFFICIENT_PRIVILEGE = '42501';
export const REPLICATION_ROLE = 'session_replication_role';

/** Carried by every session of a target whose foreign keys are to be checked; anybody may see it. */
export const ENFORCING: Readonly<Record<string, string>> = { 'sluice.foreign_keys': 'enforce' };

const IS_ENFORCING = `
select coalesce(current_setting('sluice.foreign_keys', true), '') = 'enforce' as enforcing`;

/**
 * Ordinary triggers and foreign keys stay quiet for the session. False where they are to act, and
 * where the role may not: a superuser can grant the parameter from PostgreSQL 15 on.
 */
export async function becomeReplica(session: StateSession): Promise<boolean> {
  if (await isEnforcing(session)) return false;
  try {
    await session.rows(`set ${REPLICATION_ROLE} = replica`);
    return true;
  } catch (error) {
    if (sqlStateOf(error) !== INSUFFICIENT_PRIVILEGE) throw error;
    return false;
  }
}

/** The same for the rest of a transaction. */
export async function becomeReplicaInTransaction(session: StateSession): Promise<boolean> {
  if (await isEnforcing(session)) return false;
  await session.rows('savepoint sluice_role');
  try {
    await session.rows(`set local ${REPLICATION_ROLE} = replica`);
    await session.rows('release savepoint sluice_role');
    return true;
  } catch (error) {
    if (sqlStateOf(error) !== INSUFFICIENT_PRIVILEGE) throw error;
    await session.rows('rollback to savepoint sluice_role');
    return false;
  }
}

async function isEnforcing(session: StateSession): Promise<boolean> {
  const [row] = await session.rows<{ enforcing: boolean }>(IS_ENFORCING);
  return row?.enforcing === true;
}
