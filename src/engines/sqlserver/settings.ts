import type { ConnectionResolver, ConnectionSettings } from '../contract/connection.js';
import { SluiceError } from '../../core/errors.js';
import { pemTexts } from '../pem.js';
import { connectionKeys } from './config.js';
import type { MsConnection, MsTls, TlsMode } from './connection-options.js';

type OwnKeys = ReturnType<typeof connectionKeys.parse>;

/**
 * The driver's view of a connection. Everything but the password is read once; the password is read
 * at each connect. A PEM text or a path is accepted for each certificate.
 */
export function msConnection(resolve: ConnectionResolver, applicationName: string): MsConnection {
  const settings = resolve();
  const own = connectionKeys.parse(settings.own);
  return {
    ...serverOf(settings, own),
    database: required(settings, 'database'),
    ...loginOf(settings, own),
    password: () => resolve().password ?? '',
    tls: tlsOf(settings, own),
    multiSubnetFailover: own.multiSubnetFailover ?? false,
    ...(own.applicationIntent === undefined
      ? {}
      : { readOnlyIntent: own.applicationIntent === 'readOnly' }),
    connectTimeoutMs: settings.connectTimeout,
    statementTimeoutMs: settings.statementTimeout,
    applicationName,
    pool: settings.pool,
    session: Object.fromEntries(
      Object.entries(settings.session).map(([name, value]) => [name, String(value)]),
    ),
  };
}

/** `host`, `host,port` and `host\instance`, as people write them into host. */
function serverOf(
  settings: ConnectionSettings,
  own: OwnKeys,
): { host: string; port: number; instance?: string } {
  const written = required(settings, 'host');
  const match = /^([^\\,]+)(?:\\([^,]+))?(?:,\s*(\d{1,5}))?$/.exec(written);
  const [, host = written, inHost, port] = match ?? [];
  const instance = own.instance ?? inHost;
  // A port that is said beside the instance is where the instance listens.
  return port === undefined && instance !== undefined
    ? { host, port: settings.port, instance }
    : { host, port: port === undefined ? settings.port : Number(port) };
}

function loginOf(settings: ConnectionSettings, own: OwnKeys): { user: string; domain?: string } {
  if (settings.user === undefined && settings.password === undefined) {
    throw new SluiceError(
      'CONFIG_INVALID',
      `connections.${settings.name} names no user; integrated security without a password is not supported.`,
      { remedy: 'Use a SQL login, or a Windows login with domain, user and password (NTLM).' },
    );
  }
  const [domain, account] = required(settings, 'user').split('\\');
  if (account !== undefined) return { user: account, domain: own.domain ?? domain ?? '' };
  const user = required(settings, 'user');
  return own.domain === undefined ? { user } : { user, domain: own.domain };
}

function required(settings: ConnectionSettings, key: 'host' | 'database' | 'user'): string {
  const value = settings[key];
  if (value !== undefined && value !== '') return value;
  throw new SluiceError('CONFIG_INVALID', `connections.${settings.name} names no ${key}.`, {
    remedy: `Set connections.${settings.name}.${key}, or a url that holds it.`,
  });
}

function tlsOf(settings: ConnectionSettings, own: OwnKeys): MsTls {
  const { tls } = settings;
  return {
    mode: modeOf(tls.mode, own),
    ...pemTexts(settings),
    ...(tls.serverName === undefined ? {} : { serverName: tls.serverName }),
  };
}

function modeOf(mode: ConnectionSettings['tls']['mode'], own: OwnKeys): TlsMode {
  if (own.strictEncryption === true) return 'strict';
  if (own.trustServerCertificate === true && mode !== 'disable') return 'require';
  return mode;
}
