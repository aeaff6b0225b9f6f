import { SqlSession } from '../../../../src/engines/postgres/sql-session.js';

/** A session as the engine opens it, from a test database's connection string. */
export function sessionOf(url: string): SqlSession {
  const parsed = new URL(url);
  return new SqlSession(
    {
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
    },
    'state',
  );
}
