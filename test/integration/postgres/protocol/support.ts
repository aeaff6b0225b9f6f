import type { Client } from 'pg';
import { connectPg } from '../../../../src/engines/postgres/connect.js';
import type { PgConnection } from '../../../../src/engines/postgres/connection-options.js';
import type { ReplicationMessage } from '../../../../src/engines/postgres/replication/frame-queue.js';
import type { Image } from '../../../../src/core/cell.js';
import { UNCHANGED } from '../../../../src/core/change.js';
import type { ReplicationStream } from '../../../../src/engines/postgres/replication/replication-stream.js';
import type { Lsn } from '../../../../src/engines/postgres/replication/lsn.js';
import { parseLsn } from '../../../../src/engines/postgres/replication/lsn.js';
import type { PostgresVersion } from '../../../../src/local/postgres-server.js';
import { createDatabase, sharedPostgres } from '../../../support/postgres.js';
import type { ProvidedPostgres } from '../../../support/provided.js';
import { patient, waitFor } from '../../../support/wait-for.js';

export function connectionTo(
  server: ProvidedPostgres,
  overrides: Partial<PgConnection> = {},
): PgConnection {
  return {
    host: server.host,
    port: server.port,
    database: 'postgres',
    user: server.user,
    password: () => server.password,
    tls: { mode: 'disable' },
    connectTimeoutMs: 10_000,
    statementTimeoutMs: 60_000,
    applicationName: 'sluice-test',
    session: {},
    ...overrides,
  };
}

/** A database of its own on the server that the run shares, with a slot's name that fits it. */
export interface Scene {
  readonly connection: PgConnection;
  readonly slot: string;
  /** A session with Sluice's settings. */
  readonly sql: Client;
  close(): Promise<void>;
}

export async function openScene(version: PostgresVersion, label: string): Promise<Scene> {
  const server = sharedPostgres(version);
  const database = await createDatabase(server, label);
  const connection = connectionTo(server, { database: database.name });
  const sql = await connectPg(connection, 'target', { idleInTransactionMs: 0 });
  return {
    connection,
    slot: database.name,
    sql,
    close: async () => {
      await sql.end();
      await database.drop();
    },
  };
}

export async function createSlot({ sql, slot }: Scene): Promise<void> {
  await sql.query(`SELECT pg_create_logical_replication_slot($1, 'pgoutput')`, [slot]);
}

export async function dropSlot({ sql, slot }: Scene): Promise<void> {
  await waitFor('the slot is free', async () => {
    await sql.query(
      `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1`,
      [slot],
    );
    return true;
  });
}

/** Text of the slot's confirmed position, read on another session. */
export async function confirmedLsn({ sql, slot }: Scene): Promise<Lsn> {
  const { rows } = await sql.query<{ lsn: string }>(
    `SELECT confirmed_flush_lsn::text AS lsn FROM pg_replication_slots WHERE slot_name = $1`,
    [slot],
  );
  return parseLsn(rows[0]?.lsn ?? '0/0');
}

/** Messages up to and with the one that `isLast` accepts. */
export async function collect(
  stream: ReplicationStream,
  isLast: (message: ReplicationMessage) => boolean,
  limitMs = 20_000,
): Promise<ReplicationMessage[]> {
  const found: ReplicationMessage[] = [];
  const deadline = Date.now() + patient(limitMs);
  while (Date.now() < deadline) {
    const batch = await stream.nextBatch(1_000);
    if (batch === undefined) break;
    found.push(...batch);
    if (batch.some(isLast)) return found;
  }
  throw new Error(`The awaited message did not come; ${found.length} others did.`);
}

export function isMarker(prefix: string): (message: ReplicationMessage) => boolean {
  return (message) => message.kind === 'message' && message.prefix === prefix;
}

/** Cells for an assertion: bytes as hex, left-out values as "unchanged". */
export function readable(tuple: Image): (string | null)[] {
  return tuple.cells.map((cell) => {
    if (cell === UNCHANGED) return 'unchanged';
    return cell === null ? null : cell.toString('hex');
  });
}
