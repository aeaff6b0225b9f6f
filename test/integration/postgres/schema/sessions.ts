import type { PgConnection } from '../../../../src/engines/postgres/connection-options.js';
import { SqlSession } from '../../../../src/engines/postgres/sql-session.js';

/** A connection as the engine has it, from a test database's connection string. */
export function connectionOf(url: string): PgConnection {
  const parsed = new URL(url);
  return {
    host: parsed.hostname,
    port: Number(parsed.port),
    database: decodeURIComponent(parsed.pathname.slice(1)),
    user: parsed.username,
    password: () => decodeURIComponent(parsed.password),
    tls: { mode: 'disable' },
    connectTimeoutMs: 10_000,
    statementTimeoutMs: 60_000,
    applicationName: 'schema test',
    session: {},
  };
}

export function sessionOf(url: string): SqlSession {
  return new SqlSession(connectionOf(url), 'state');
}
