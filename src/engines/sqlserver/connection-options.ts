import type { PoolSettings } from '../session-places.js';

export type TlsMode = 'disable' | 'prefer' | 'require' | 'verifyCa' | 'verifyFull' | 'strict';

export interface MsTls {
  /** strict: TDS 8.0, TLS before the first packet, certificate and name checked. */
  readonly mode: TlsMode;
  /** PEM texts, not paths. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** The name to ask for and to find in the certificate, where it is not the host. */
  readonly serverName?: string;
}

export interface MsConnection {
  readonly host: string;
  /** Not used with an instance name, whose port the server's browser service tells. */
  readonly port: number;
  readonly instance?: string;
  readonly database: string;
  readonly user: string;
  /** Set for a Windows login by NTLM. */
  readonly domain?: string;
  /** Read again at every connect, so a rotated password needs no restart. */
  readonly password: () => string | Promise<string>;
  readonly tls: MsTls;
  readonly multiSubnetFailover: boolean;
  /** Undefined: read-only for a source's readers. */
  readonly readOnlyIntent?: boolean;
  readonly connectTimeoutMs: number;
  /** 0 for none. Counts for a whole query, for the wait between two rows of a stream or a load. */
  readonly statementTimeoutMs: number;
  readonly applicationName: string;
  /** SET options of the user's choice; those that keep values true cannot be overridden. */
  readonly session: Readonly<Record<string, string>>;
  /** How many sessions are kept; default: as many as are asked for, each until its owner ends it. */
  readonly pool?: PoolSettings;
}

/**
 * source and copy read, also from a secondary; primary reads where others write; change writes on
 * the source's server (CDC, trigger); target and state.
 */
export type MsPurpose = 'source' | 'copy' | 'primary' | 'change' | 'target' | 'state';

/** How errors name a server: never with user or password. */
export function describeServer(connection: MsConnection, purpose: MsPurpose): string {
  const side = purpose === 'target' || purpose === 'state' ? 'target' : 'source';
  const { host, instance, port, database } = connection;
  const place = instance === undefined ? `${host},${port}` : `${host}\\${instance}`;
  return `the ${side} database ${database} at ${place}`;
}
