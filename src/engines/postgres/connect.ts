import pg from 'pg';
import type { ConnectExtra, PgConnection, PgPurpose, PgTls } from './connection-options.js';
import { noAnswer } from '../no-answer.js';
import { guardParser } from './guarded-parser.js';
import { toPgError } from './pg-errors.js';
import { startupOptions } from './session-settings.js';
import { takePlace, type SessionWish } from '../session-places.js';
import { redirectedSocket, sslOption } from './tls.js';

export type { ConnectExtra, PgConnection, PgPurpose, PgTls } from './connection-options.js';

const NO_TLS_ON_SERVER = 'The server does not support SSL connections';
/** Of the driver, when connectionTimeoutMillis has passed. */
const LIMIT_PASSED = 'timeout expired';
const KEEPALIVE_DELAY_MS = 30_000;

/**
 * Open one session with everything pinned that values depend on. The password is read now. A
 * session that breaks while idle does not crash the process: the next query on it fails. Who has a
 * wish may get an open session while waiting for a place.
 *
 * @throws SluiceError as toPgError says, CONFIG_INVALID for a pinned or malformed setting
 */
export async function connectPg(
  connection: PgConnection,
  purpose: PgPurpose,
  extra: ConnectExtra = {},
  wish?: SessionWish,
): Promise<pg.Client> {
  const subject = extra.subject ?? describeServer(connection, purpose);
  const options = startupOptions(connection, purpose, extra);
  // A stream has its own limit on the server, and its lane cannot do without it.
  const leave = purpose === 'replication' ? null : await takePlace(connection, subject, wish);
  if (wish?.session instanceof pg.Client) return wish.session;
  try {
    const client = await openPreferred({ connection, purpose, options });
    if (leave !== null) client.once('end', leave);
    return client;
  } catch (error) {
    leave?.();
    if (error instanceof Error && error.message === LIMIT_PASSED) {
      throw noAnswer(subject, connection.connectTimeoutMs);
    }
    throw toPgError(error, subject);
  }
}

async function openPreferred(opening: Omit<Opening, 'password' | 'tls'>): Promise<pg.Client> {
  const { tls } = opening.connection;
  const password = await opening.connection.password();
  const open = (how: PgTls) => openClient({ ...opening, password, tls: how });
  if (tls.mode !== 'prefer') return open(tls);
  return open(tls).catch(async (error: unknown) => {
    if (!(error instanceof Error) || error.message !== NO_TLS_ON_SERVER) throw error;
    return open({ ...tls, mode: 'disable' });
  });
}

/** How errors name a server: never with user or password. */
export function describeServer(connection: PgConnection, purpose: PgPurpose): string {
  const side = purpose === 'target' || purpose === 'state' ? 'target' : 'source';
  return `the ${side} database ${connection.database} at ${connection.host}:${connection.port}`;
}

interface Opening {
  readonly connection: PgConnection;
  readonly purpose: PgPurpose;
  readonly options: string;
  readonly password: string;
  readonly tls: PgTls;
}

async function openClient(opening: Opening): Promise<pg.Client> {
  const { connection, tls } = opening;
  const ssl = sslOption(tls);
  const redirected = ssl !== false && tls.serverName !== undefined;
  const config = {
    host: redirected ? (tls.serverName ?? connection.host) : connection.host,
    ...(redirected ? { stream: () => redirectedSocket(connection.host) } : {}),
    port: connection.port,
    database: connection.database,
    user: connection.user,
    // As a function: an empty text would make the driver look into PGPASSWORD.
    password: () => opening.password,
    ssl,
    // Each setting that is left out would be taken from the environment.
    sslnegotiation: 'postgres' as const,
    client_encoding: 'UTF8',
    application_name: connection.applicationName,
    options: opening.options,
    connectionTimeoutMillis: connection.connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE_DELAY_MS,
    ...(opening.purpose === 'replication' ? { replication: 'database' } : {}),
  };
  const client = new pg.Client(config);
  // Without a listener an idle session that breaks would end the process; queries report it.
  client.on('error', () => undefined);
  guardParser(client);
  try {
    await client.connect();
  } catch (error) {
    void client.end().catch(() => undefined);
    throw error;
  }
  return client;
}
