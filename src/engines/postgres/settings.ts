import type { ConnectionResolver, ConnectionSettings } from '../contract/connection.js';
import { SluiceError } from '../../core/errors.js';
import { pemTexts } from '../pem.js';
import { connectionKeys } from './config.js';
import type { PgConnection, PgTls } from './connection-options.js';

const TLS_MODES = {
  disable: 'disable',
  prefer: 'prefer',
  require: 'require',
  verifyCa: 'verify-ca',
  verifyFull: 'verify-full',
} as const;

/**
 * The driver's view of a connection. Everything but the password is read once; the password is read
 * at each connect. A PEM text or a path is accepted for each certificate.
 */
export function pgConnection(resolve: ConnectionResolver, applicationName: string): PgConnection {
  const settings = resolve();
  const own = connectionKeys.parse(settings.own);
  return {
    host: own.socketDir ?? required(settings, 'host'),
    port: settings.port,
    database: required(settings, 'database'),
    user: required(settings, 'user'),
    password: () => resolve().password ?? '',
    tls: tlsOf(settings),
    connectTimeoutMs: settings.connectTimeout,
    statementTimeoutMs: settings.statementTimeout,
    applicationName,
    session: Object.fromEntries(
      Object.entries(settings.session).map(([name, value]) => [name, String(value)]),
    ),
    pool: settings.pool,
  };
}

/** Where the change feed connects, which a pooler in between would not let through. */
export function replicationConnection(
  resolve: ConnectionResolver,
  applicationName: string,
): PgConnection {
  const base = pgConnection(resolve, applicationName);
  const own = connectionKeys.parse(resolve().own);
  if (own.replicationHost === undefined) return base;
  return { ...base, host: own.replicationHost, port: own.replicationPort ?? base.port };
}

function required(settings: ConnectionSettings, key: 'host' | 'database' | 'user'): string {
  const value = settings[key];
  if (value !== undefined && value !== '') return value;
  throw new SluiceError('CONFIG_INVALID', `connections.${settings.name} names no ${key}.`, {
    remedy: `Set connections.${settings.name}.${key}, or a url that holds it.`,
  });
}

function tlsOf(settings: ConnectionSettings): PgTls {
  const { tls } = settings;
  return {
    mode: TLS_MODES[tls.mode],
    ...pemTexts(settings),
    ...(tls.serverName === undefined ? {} : { serverName: tls.serverName }),
  };
}
