import type { PoolSettings } from '../session-places.js';

export type TlsMode = 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

export interface PgTls {
  readonly mode: TlsMode;
  /** PEM texts, not paths. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** The name to ask for and to find in the certificate, where it is not the host. */
  readonly serverName?: string;
}

export interface PgConnection {
  /** A name, an address, or an absolute path: the directory of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** Read again at every connect, so a rotated password needs no restart. */
  readonly password: () => string | Promise<string>;
  readonly tls: PgTls;
  readonly connectTimeoutMs: number;
  /** 0 for none. Not used by replication sessions, whose one statement never ends. */
  readonly statementTimeoutMs: number;
  readonly applicationName: string;
  /** Server settings of the user's choice; those that keep values true cannot be overridden. */
  readonly session: Readonly<Record<string, string>>;
  /** How many sessions are kept; default: as many as are asked for, each until its owner ends it. */
  readonly pool?: PoolSettings;
}

/** source and copy read, target and state write, replication streams. */
export type PgPurpose = 'source' | 'target' | 'copy' | 'replication' | 'state';

export interface ConnectExtra {
  /** Settings for this one session, e.g. logical_decoding_work_mem; pins still win. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly lockTimeoutMs?: number;
  readonly idleInTransactionMs?: number;
  /** Names the server in errors; default: "the <purpose> database <name> at <host:port>". */
  readonly subject?: string;
}
