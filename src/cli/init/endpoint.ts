/** A connection as `init` was told it, in the words of the configuration; pure. */
import { formatDuration } from '../../config/duration.js';
import type { UrlKeys } from '../../config/engine-config.js';
import { SluiceError } from '../../core/errors.js';
import { engineConfigs } from '../../engines/registry.js';

export interface Endpoint {
  readonly engine: string;
  readonly keys: UrlKeys;
  /** The keys of the connection as they are written, the password by reference. */
  readonly written: Readonly<Record<string, unknown>>;
  /** Variable of `.env` that holds the password; null: the URL has none. */
  readonly secret: { readonly name: string; readonly value: string } | null;
}

/** Throws CONFIG_INVALID for what is no URL of a known engine; never repeats the URL. */
export function readEndpoint(url: string, name: 'source' | 'target'): Endpoint {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url.trim())?.[1]?.toLowerCase();
  const known = Object.entries(engineConfigs);
  const found = known.find(([, one]) => one.urlSchemes.includes(scheme ?? ''));
  if (found === undefined) {
    const schemes = known.flatMap(([, one]) => one.urlSchemes.map((word) => `${word}://`));
    throw new SluiceError('CONFIG_INVALID', `The ${name} is no URL that Sluice knows.`, {
      remedy: `Begin it with ${schemes.join(' or ')}, then user:password@host:port/database.`,
    });
  }
  const [engine, config] = found;
  const keys = parse(url.trim(), name, config.readUrl);
  if (keys.database === undefined) {
    throw new SluiceError('CONFIG_INVALID', `The URL of the ${name} names no database.`, {
      remedy: 'Put /<database> at its end.',
    });
  }
  const variable = `SLUICE_${name.toUpperCase()}_PASSWORD`;
  const { password } = keys;
  return {
    engine,
    keys,
    written: writtenKeys(engine, keys, password === undefined ? null : variable),
    secret: password === undefined ? null : { name: variable, value: password },
  };
}

function parse(url: string, name: string, read: (url: string) => UrlKeys): UrlKeys {
  try {
    return read(url);
  } catch (cause) {
    throw new SluiceError('CONFIG_INVALID', `The URL of the ${name} cannot be read.`, {
      remedy: 'Percent-encode characters such as @ : / # in its user and password.',
      cause,
    });
  }
}

function writtenKeys(
  engine: string,
  keys: UrlKeys,
  variable: string | null,
): Record<string, unknown> {
  const { host, port, database, user, tls, connectTimeout, applicationName, own } = keys;
  const all = {
    engine,
    host,
    port,
    database,
    user,
    password: variable === null ? undefined : `\${${variable}}`,
    tls,
    connectTimeout: connectTimeout === undefined ? undefined : formatDuration(connectTimeout),
    applicationName,
    ...own,
  };
  return Object.fromEntries(
    Object.entries(all)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, key === 'password' ? value : escaped(value)]),
  );
}

/** What looks like a reference and was none stays what it was. */
function escaped(value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('${', '$${') : value;
}
