import type { Change } from '../../../../src/core/change.js';
import type { FeedEvent, FeedName, FeedReader } from '../../../../src/engines/contract/feed.js';
import type { PgConnection } from '../../../../src/engines/postgres/connection-options.js';
import { PostgresFeed } from '../../../../src/engines/postgres/feed/postgres-feed.js';
import type { PostgresFeedSettings } from '../../../../src/engines/postgres/feed/postgres-feed.js';
import { SqlSession } from '../../../../src/engines/postgres/sql-session.js';
import { waitFor } from '../../../support/wait-for.js';

export const IDLE_MS = 50;
export const OPTIONS = { wire: 'pgoutput', maxBufferedBytes: 4 * 1024 * 1024 };

interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

export function connectionTo(
  server: ServerAddress,
  database: string,
  as: Partial<PgConnection> = {},
): PgConnection {
  return {
    host: server.host,
    port: server.port,
    database,
    user: server.user,
    password: () => server.password,
    tls: { mode: 'disable' },
    connectTimeoutMs: 10_000,
    statementTimeoutMs: 0,
    applicationName: 'sluice test',
    session: {},
    ...as,
  };
}

export interface FeedFixture {
  readonly feed: PostgresFeed;
  readonly session: SqlSession;
  close(): Promise<void>;
}

export function feedOn(
  connection: PgConnection,
  settings: Partial<PostgresFeedSettings> = {},
): FeedFixture {
  const session = new SqlSession(connection, 'source');
  const feed = new PostgresFeed(session, connection, {
    idleIntervalMs: IDLE_MS,
    lockTimeoutMs: 100,
    ...settings,
  });
  return { feed, session, close: async () => session.close() };
}

export function feedName(pipeline: string, more: Partial<FeedName> = {}): FeedName {
  return { kind: 'cdc', pipeline, target: 'copy', mayCreate: true, ...more };
}

/** Reads until `enough` says so and returns every event. */
export async function readUntil(
  reader: FeedReader,
  enough: (events: readonly FeedEvent[]) => boolean,
  timeoutMs = 30_000,
): Promise<FeedEvent[]> {
  const events: FeedEvent[] = [];
  await waitFor(
    'the feed has delivered what is expected',
    async () => {
      events.push(...(await reader.read(200, false)));
      return enough(events);
    },
    { timeoutMs },
  );
  return events;
}

export function changesOf(events: readonly FeedEvent[]): Change[] {
  return events.flatMap((event) => (event.kind === 'changes' ? event.changes : []));
}

export function commits(events: readonly FeedEvent[]): number {
  return events.filter((event) => event.kind === 'commit').length;
}

/** A change for people: `i app.t 1,hello`, with int4 and text cells decoded. */
export function show(change: Change): string {
  const cells = (change.row ?? change.oldKey ?? []).map((cell, index) => {
    if (typeof cell === 'symbol') return 'unchanged';
    if (cell === null) return 'null';
    const isInt = change.shape.columns[index]?.type === '23';
    return isInt && cell.length === 4 ? String(cell.readInt32BE()) : cell.toString();
  });
  return `${change.op} ${change.shape.table.schema}.${change.shape.table.table} ${cells.join(',')}`;
}
