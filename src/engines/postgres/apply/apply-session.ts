import type pg from 'pg';
import type { PgConnection } from '../connection-options.js';
import { connectPg } from '../connect.js';
import { sqlStateOf, toPgError } from '../pg-errors.js';

/**
 * What makes the set-based statements find each row through its index: a plan made while the
 * table was small must not become a scan of the whole table for every row.
 */
export const APPLY_SETTINGS: Readonly<Record<string, string>> = {
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  enable_seqscan: 'off',
  plan_cache_mode: 'force_generic_plan',
  jit: 'off',
};

const INSUFFICIENT_PRIVILEGE = '42501';

export interface ApplySession {
  readonly client: pg.Client;
  /** Ordinary triggers and foreign keys of the target stay quiet for this session. */
  readonly replica: boolean;
}

/** @throws SluiceError as connectPg does */
export async function openApplySession(
  connection: PgConnection,
  subject?: string,
): Promise<ApplySession> {
  const extra = { settings: APPLY_SETTINGS, ...(subject === undefined ? {} : { subject }) };
  const client = await connectPg(connection, 'target', extra);
  try {
    return { client, replica: await becomeReplica(client) };
  } catch (error) {
    await client.end().catch(() => undefined);
    throw toPgError(error, subject ?? 'the target');
  }
}

/** False where the role may not: a superuser can grant the parameter from PostgreSQL 15 on. */
async function becomeReplica(client: pg.Client): Promise<boolean> {
  try {
    await client.query('set session_replication_role = replica');
    return true;
  } catch (error) {
    if (sqlStateOf(error) !== INSUFFICIENT_PRIVILEGE) throw error;
    return false;
  }
}

/** The same for the rest of somebody else's transaction; null where the role may not. */
export async function useApplySettings(client: pg.Client): Promise<void> {
  for (const [name, value] of Object.entries(APPLY_SETTINGS)) {
    await client.query(`set local ${name} = ${value}`);
  }
}
