import type { TlsMode } from './connection.js';
import { DEFAULTS } from './defaults.js';

/** The names by which a machine reaches itself; any other name may be answered by another. */
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', '[::1]', 'localhost']);

/** The TLS mode where none is written; no host means a socket on this machine. */
export function defaultTlsMode(host: string | undefined): TlsMode {
  const local = host === undefined || host.startsWith('/') || LOOPBACK.has(host.toLowerCase());
  return local ? DEFAULTS.connection.localTlsMode : DEFAULTS.connection.tlsMode;
}
