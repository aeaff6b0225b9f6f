import { afterAll, beforeAll } from 'vitest';
import type { FeedKind } from '../../../../src/core/feed-kind.js';
import type { TestMsServer } from '../../../support/sqlserver/server.js';
import { openSqlServer } from '../../../support/sqlserver/server.js';
import type { Place } from '../run-history.js';
import { SqlServerEnd } from './end.js';
import { BY_ANOTHER_KEY, ZOO } from './zoo.js';

/** A server of each side, while the tests of a file run. */
export function withSqlServer(role: 'source' | 'target'): () => TestMsServer {
  let server: TestMsServer | null = null;
  beforeAll(async () => {
    server = await openSqlServer(role);
  });
  afterAll(async () => server?.close());
  return () => {
    if (server === null) throw new Error('There is no server yet.');
    return server;
  };
}

export const BLOWS = ['session', 'session', 'commit', 'commit', 'bulk', 'deadlock'] as const;

/** What a SQL Server source makes of histories. */
export function fromSqlServer(
  feed: FeedKind,
  server: () => TestMsServer,
): Omit<Place, 'openTarget'> {
  return {
    feed,
    catalogueEveryMs: 2_000,
    zoo: feed === 'cdc' ? [...ZOO, BY_ANOTHER_KEY] : ZOO,
    blows: BLOWS,
    delays: feed === 'cdc' ? [0, 100, 400, null] : [],
    consistency: ['transaction', 'table'],
    alterations: ['add'],
    prepares: false,
    openSource: async () => SqlServerEnd.open(server(), feed),
  };
}
