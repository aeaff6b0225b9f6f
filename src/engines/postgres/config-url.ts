import type { UrlKeys } from '../../config/engine-config.js';

const TLS_MODES = {
  disable: 'disable',
  allow: 'prefer',
  prefer: 'prefer',
  require: 'require',
  'verify-ca': 'verifyCa',
  'verify-full': 'verifyFull',
} as const;

function isTlsMode(mode: string): mode is keyof typeof TLS_MODES {
  return Object.hasOwn(TLS_MODES, mode);
}

function tlsKeys(parameters: URLSearchParams): UrlKeys['tls'] {
  const mode = parameters.get('sslmode');
  const [ca, cert, key] = ['sslrootcert', 'sslcert', 'sslkey'].map((name) => parameters.get(name));
  const tls = {
    ...(mode !== null && isTlsMode(mode) && { mode: TLS_MODES[mode] }),
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
  };
  return Object.keys(tls).length > 0 ? tls : undefined;
}

/**
 * A connection URI in the words of our keys (PostgreSQL documentation, "Connection URIs"). A host
 * that starts with / is a socket folder. Throws a TypeError for what is no URI, without quoting it.
 */
export function readUrl(text: string): UrlKeys {
  if (!URL.canParse(text)) throw new TypeError('not a connection URI');
  const url = new URL(text);
  const part = (value: string | null) => (value === null || value === '' ? undefined : value);
  const decoded = (value: string) => part(decodeURIComponent(value));
  const parameters = url.searchParams;
  const host = decoded(url.hostname.replace(/^\[|\]$/g, '')) ?? part(parameters.get('host'));
  const port = part(url.port) ?? part(parameters.get('port'));
  const database = decoded(url.pathname.slice(1)) ?? part(parameters.get('dbname'));
  const user = decoded(url.username) ?? part(parameters.get('user'));
  const password = decoded(url.password) ?? part(parameters.get('password'));
  const applicationName = part(parameters.get('application_name'));
  const seconds = Number(parameters.get('connect_timeout') ?? 0);
  const tls = tlsKeys(parameters);
  return {
    ...(host?.startsWith('/') && { own: { socketDir: host } }),
    ...(host !== undefined && !host.startsWith('/') && { host }),
    ...(port !== undefined && { port: Number(port) }),
    ...(database !== undefined && { database }),
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password }),
    ...(applicationName !== undefined && { applicationName }),
    ...(seconds > 0 && { connectTimeout: seconds * 1000 }),
    ...(tls !== undefined && { tls }),
  };
}
