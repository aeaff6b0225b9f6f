/**
 * sp_getapplock and sp_releaseapplock over PostgreSQL's advisory locks
 * (test/conformance/sqlserver/locks: "sp_getapplock answers 0 when granted",
 * test/conformance/sqlserver/locks: "LOCK_TIMEOUT is no matter of sp_getapplock").
 */
import pg from 'pg';
import { SqlError } from '../../backend.js';
import type { ProcedureArgument } from '../catalog-seam.js';
import { notModelled } from '../not-modelled.js';
import type { SessionCore } from './core.js';
import { postgresTimeout } from './transaction.js';

const ORDER = ['@resource', '@lockmode', '@lockowner', '@locktimeout', '@dbprincipal'];
const SHARED = new Set(['shared', 'intentshared']);
const EXCLUSIVE = new Set(['exclusive', 'update', 'intentexclusive']);

function reader(
  args: readonly ProcedureArgument[],
  order: readonly string[],
): (name: string) => string | null {
  return (name) => {
    const found = args.find((arg, at) => (arg.name?.toLowerCase() ?? order[at]) === name);
    return found?.text ?? null;
  };
}

/** 0 granted, -1 timed out, -3 deadlock victim; 999 where an argument is wrong. */
export async function getAppLock(
  args: readonly ProcedureArgument[],
  core: SessionCore,
): Promise<number> {
  const read = reader(args, ORDER);
  const mode = (read('@lockmode') ?? '').toLowerCase();
  if (!SHARED.has(mode) && !EXCLUSIVE.has(mode)) throw notModelled(`sp_getapplock mode ${mode}`);
  const owner = ownerOf(read('@lockowner'), core);
  const timeout = Number(read('@locktimeout') ?? core.state.options.lockTimeout);
  const of = owner === 'session' ? '' : '_xact';
  const suffix = SHARED.has(mode) ? '_shared' : '';
  const key = keyOf(read('@resource'), core);
  if (timeout === 0) {
    const sql = `SELECT pg_try_advisory${of}_lock${suffix}(${key}) AS got`;
    const [row] = await core.context.query<{ got: boolean }>(sql);
    return row?.got === true ? 0 : -1;
  }
  try {
    await core.transaction.atomic(async () => {
      const waits = (milliseconds: number) =>
        core.context.query(`SELECT set_config('lock_timeout', '${String(milliseconds)}', true)`);
      await waits(Math.max(0, timeout));
      await core.context.query(`SELECT pg_advisory${of}_lock${suffix}(${key})`);
      await waits(postgresTimeout(core.state.options.lockTimeout));
    });
    return 0;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === '55P03') return -1;
    if (error instanceof pg.DatabaseError && error.code === '40P01') return -3;
    throw error;
  }
}

/** 1223 where the session does not hold it. */
export async function releaseAppLock(
  args: readonly ProcedureArgument[],
  core: SessionCore,
): Promise<number> {
  const read = reader(args, ['@resource', '@lockowner', '@dbprincipal']);
  if (ownerOf(read('@lockowner'), core) === 'transaction') {
    throw notModelled('sp_releaseapplock of a transaction’s lock');
  }
  const key = keyOf(read('@resource'), core);
  const [row] = await core.context.query<{ done: boolean }>(
    `SELECT pg_advisory_unlock(${key}) OR pg_advisory_unlock_shared(${key}) AS done`,
  );
  if (row?.done === true) return 0;
  throw new SqlError(
    1223,
    `Cannot release the application lock (Database Principal: 'public', Resource: '${read('@resource') ?? ''}') because it is not currently held.`,
  );
}

function ownerOf(text: string | null, { transaction }: SessionCore): 'session' | 'transaction' {
  if (text?.toLowerCase() === 'session') return 'session';
  if (transaction.count === 0) {
    throw new SqlError(
      3908,
      'Could not run BEGIN TRANSACTION in database because an application lock of a transaction needs one.',
    );
  }
  return 'transaction';
}

/** A lock belongs to a database; the second key keeps it apart from other advisory locks. */
function keyOf(resource: string | null, { state }: SessionCore): string {
  const name = `${String(state.database.id)} ${resource ?? ''}`.replaceAll("'", "''");
  return `hashtextextended('${name}', 8)`;
}
