import type { ConnectionResolver } from '../../src/engines/contract/connection.js';

/** A server's address, as far as a bench needs it; plain data, so that it can go to a process. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

export function addressOf(server: ServerAddress): ServerAddress {
  const { host, port, user, password } = server;
  return { host, port, user, password };
}

/** What a configured connection with nothing but an address comes to. */
export function connectionTo(server: ServerAddress, database: string): ConnectionResolver {
  return () => ({
    name: database,
    engine: 'postgres',
    ...addressOf(server),
    database,
    tls: {
      mode: 'disable',
      ca: undefined,
      cert: undefined,
      key: undefined,
      serverName: undefined,
    },
    connectTimeout: 10_000,
    statementTimeout: 0,
    applicationName: 'sluice bench',
    session: {},
    pool: { min: 0, max: 4, idleTimeout: 10_000, healthCheckInterval: 30_000 },
    own: {},
  });
}
