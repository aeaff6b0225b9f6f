import { SluiceError } from '../core/errors.js';
import type { TlsMode } from './connection.js';
import { connectionShape } from './connection.js';
import { DEFAULTS } from './defaults.js';
import type { Milliseconds } from './duration.js';
import { parseDuration } from './duration.js';
import { resolveStored } from './control-tables/stored-string.js';
import type { EngineConfig, EngineConfigs, UrlKeys } from './engine-config.js';
import type { SecretSource } from './environment.js';
import type { ConnectionConfig, SluiceConfig } from './schema.js';
import { storedServer } from './references.js';
import { resolveSecrets, storedString } from './secrets.js';
import { defaultTlsMode } from './tls-default.js';

/** Everything that a driver needs, secrets in the clear: never log, never send through Temporal. */
export interface ResolvedConnection {
  readonly name: string;
  readonly engine: string;
  readonly host: string | undefined;
  readonly port: number;
  readonly database: string | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly tls: {
    readonly mode: TlsMode;
    readonly ca: string | undefined;
    readonly cert: string | undefined;
    readonly key: string | undefined;
    readonly serverName: string | undefined;
  };
  readonly connectTimeout: Milliseconds;
  readonly statementTimeout: Milliseconds;
  readonly applicationName: string;
  readonly session: Readonly<Record<string, string | number | boolean>>;
  readonly pool: {
    readonly min: number;
    readonly max: number;
    readonly idleTimeout: Milliseconds;
    readonly healthCheckInterval: Milliseconds;
  };
  /** The engine's own keys, to be read with the engine's part of the schema. */
  readonly own: Readonly<Record<string, unknown>>;
}

const D = DEFAULTS.connection;
const ms = (text: string) => parseDuration(text) ?? 0;

function urlKeys(name: string, url: string | undefined, read: (url: string) => UrlKeys): UrlKeys {
  if (url === undefined) return {};
  try {
    return read(url);
  } catch (error) {
    if (error instanceof SluiceError) throw error;
    throw new SluiceError(
      'CONFIG_INVALID',
      `The url of connections.${name} cannot be read as a URL.`,
      {
        remedy:
          'Percent-encode characters such as @ : / # in its user and password, or use the keys host, user and password.',
      },
    );
  }
}

/** Somebody spoiled a row in use: its pipelines wait until it is put right. */
function unreadable(serverId: number): SluiceError {
  const problem = `connection_string of server ${String(serverId)} in source_servers cannot be read.`;
  return new SluiceError('SECRET_MISSING', problem, {
    remedy: 'Correct it there; it is read again at the next try.',
  });
}

/** How a url is read: its references first, or, where a row holds it, the string first. */
function readerFor(
  config: SluiceConfig,
  name: string,
  engine: EngineConfig,
  source: SecretSource,
): (url: string) => UrlKeys {
  const path = ['connections', name, 'url'];
  return (url) => {
    const serverId = storedServer(url);
    if (serverId === undefined) return engine.readUrl(resolveSecrets(url, path, source));
    const variables = config.controlTables?.variables ?? [];
    const text = storedString(serverId, source, path);
    try {
      return resolveStored(text, engine, path, variables, source);
    } catch (error) {
      throw error instanceof SluiceError ? error : unreadable(serverId);
    }
  };
}

function portOf(name: string, port: number | string | undefined): number | undefined {
  if (port === undefined) return undefined;
  const value = Number(port);
  if (Number.isInteger(value) && value >= 1 && value <= 65535) return value;
  throw new SluiceError(
    'CONFIG_INVALID',
    `The port of connections.${name} is not a number from 1 to 65535.`,
    {
      remedy: 'Correct the variable that its reference names.',
    },
  );
}

function ownKeys(connection: ConnectionConfig, url: UrlKeys): Record<string, unknown> {
  const own = Object.entries(connection).filter(
    ([key]) => key !== 'engine' && !(key in connectionShape),
  );
  return { ...url.own, ...Object.fromEntries(own) };
}

/**
 * A connection with references resolved: a written key wins over the URL, the URL over the default.
 * Call it at every connect: environment, .env and files are read again, so a rotated password needs
 * no restart. Throws SECRET_MISSING or CONFIG_INVALID (unknown name, unreadable URL).
 */
export function resolveConnection(
  config: SluiceConfig,
  name: string,
  engines: EngineConfigs,
  source: SecretSource,
): ResolvedConnection {
  const written = config.connections[name];
  const engine = written === undefined ? undefined : engines[written.engine];
  if (written === undefined || engine === undefined) {
    throw new SluiceError('CONFIG_INVALID', `There is no connection named ${name}.`, {
      remedy: 'Declare it under connections, or correct the name.',
    });
  }
  const { url: address, ...others } = written;
  const keys = resolveSecrets(others, ['connections', name], source);
  const url = urlKeys(name, address, readerFor(config, name, engine, source));
  const { tls, pool } = keys;
  return {
    name,
    engine: keys.engine,
    host: keys.host ?? url.host,
    port: portOf(name, keys.port) ?? url.port ?? engine.defaultPort,
    database: keys.database ?? url.database,
    user: keys.user ?? url.user,
    password: keys.password ?? url.password,
    tls: {
      mode: tls?.mode ?? url.tls?.mode ?? defaultTlsMode(keys.host ?? url.host),
      ca: tls?.ca ?? url.tls?.ca,
      cert: tls?.cert ?? url.tls?.cert,
      key: tls?.key ?? url.tls?.key,
      serverName: tls?.serverName,
    },
    connectTimeout: keys.connectTimeout ?? url.connectTimeout ?? ms(D.connectTimeout),
    statementTimeout: keys.statementTimeout ?? ms(D.statementTimeout),
    applicationName: keys.applicationName ?? url.applicationName ?? D.applicationName,
    session: keys.session ?? {},
    pool: {
      min: pool?.min ?? D.pool.min,
      max: pool?.max ?? D.pool.max,
      idleTimeout: pool?.idleTimeout ?? ms(D.pool.idleTimeout),
      healthCheckInterval: pool?.healthCheckInterval ?? ms(D.pool.healthCheckInterval),
    },
    own: ownKeys(keys, url),
  };
}
