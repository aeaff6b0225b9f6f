import type { PostgresVersion } from '../../src/local/postgres-server.js';

/** What the global set-up tells the test workers about a shared server; plain data. */
export interface ProvidedPostgres {
  readonly version: PostgresVersion;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

export interface ProvidedTemporal {
  readonly address: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** Null: the version is missing here (postgres-versions.ts). */
    readonly postgres: Readonly<Record<PostgresVersion, ProvidedPostgres | null>>;
    readonly temporal: ProvidedTemporal;
    /** The program of the stand-in for SQL Server. */
    readonly standIn: string;
  }
}
