/** What a driver needs, secrets in the clear: never logged, never sent through Temporal. */
export interface ConnectionSettings {
  readonly name: string;
  readonly engine: string;
  readonly host: string | undefined;
  readonly port: number;
  readonly database: string | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly tls: {
    readonly mode: 'disable' | 'prefer' | 'require' | 'verifyCa' | 'verifyFull';
    readonly ca: string | undefined;
    readonly cert: string | undefined;
    readonly key: string | undefined;
    readonly serverName: string | undefined;
  };
  /** Milliseconds, like every duration here. */
  readonly connectTimeout: number;
  readonly statementTimeout: number;
  readonly applicationName: string;
  readonly session: Readonly<Record<string, string | number | boolean>>;
  readonly pool: {
    readonly min: number;
    readonly max: number;
    readonly idleTimeout: number;
    readonly healthCheckInterval: number;
  };
  /** The engine's own keys. */
  readonly own: Readonly<Record<string, unknown>>;
}

/** Called at every connect, so that a rotated password needs no restart. */
export type ConnectionResolver = () => ConnectionSettings;
