import type pg from 'pg';
import type { PgConnection } from '../connection-options.js';
import { connectPg } from '../connect.js';
import { toPgError } from '../pg-errors.js';
import { sessionOf } from '../state/state-db.js';
import { becomeReplica, becomeReplicaInTransaction, REPLICATION_ROLE } from './replica-role.js';
import { endClient } from '../end-client.js';

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

/** A lock on one target table keeps the whole lane waiting for so long, once. */
const LOCK_WAIT_MS = 10_000;

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
  const lockTimeoutMs = LOCK_WAIT_MS;
  const extra = {
    settings: APPLY_SETTINGS,
    lockTimeoutMs,
    ...(subject === undefined ? {} : { subject }),
  };
  const client = await connectPg(connection, 'target', extra);
  try {
    return { client, replica: await becomeReplica(sessionOf(client)) };
  } catch (error) {
    await endClient(client);
    throw toPgError(error, subject ?? 'the target');
  }
}

/**
 * Do `work` with these settings inside somebody else's transaction; `replica` is false where the
 * role may not. The settings are the session's own again afterwards.
 */
export async function inApplySettings<T>(
  client: pg.Client,
  work: (replica: boolean) => Promise<T>,
): Promise<T> {
  const before = await client.query<Record<string, string>>(CURRENT_SETTINGS);
  await setLocal(client, Object.entries(APPLY_SETTINGS));
  const replica = await becomeReplicaInTransaction(sessionOf(client));
  const result = await work(replica);
  const own = Object.entries(before.rows[0] ?? {});
  await setLocal(
    client,
    own.filter(([name]) => name !== REPLICATION_ROLE || replica),
  );
  return result;
}

const CURRENT_SETTINGS = `select ${[...Object.keys(APPLY_SETTINGS), REPLICATION_ROLE]
  .map((name) => `current_setting('${name}') as ${name}`)
  .join(', ')}`;

/** All in one statement: a drain that finds nothing consists of little else. */
async function setLocal(
  client: pg.Client,
  settings: readonly (readonly [string, string])[],
): Promise<void> {
  const names = settings.map(([name]) => name);
  const values = settings.map(([, value]) => value);
  await client.query(
    'select set_config(name, value, true) from unnest($1::text[], $2::text[]) s (name, value)',
    [names, values],
  );
}
