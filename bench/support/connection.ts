import { z } from 'zod';
import type { ConnectionResolver } from '../../src/engines/contract/connection.js';

/** A server's address, as far as a bench needs it; plain data, so that it can go to a process. */
export const serverAddress = z.object({
  engine: z.enum(['postgres', 'sqlserver']),
  host: z.string(),
  port: z.number(),
  user: z.string(),
  password: z.string(),
  /** Encrypted, with any certificate. */
  tls: z.boolean(),
});

export type ServerAddress = z.infer<typeof serverAddress>;

/** Of a PostgreSQL of the bench's own. */
export function addressOf(server: Omit<ServerAddress, 'engine' | 'tls'>): ServerAddress {
  const { host, port, user, password } = server;
  return { engine: 'postgres', host, port, user, password, tls: false };
}

/** What a configured connection with nothing but an address comes to. */
export function connectionTo(server: ServerAddress, database: string): ConnectionResolver {
  const { engine, host, port, user, password, tls } = server;
  return () => ({
    name: database,
    ...{ engine, host, port, user, password, database },
    tls: {
      mode: tls ? 'require' : 'disable',
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
