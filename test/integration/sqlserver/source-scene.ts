import type { FeedEvent, FeedName, FeedReader } from '../../../src/engines/contract/feed.js';
import type { FeedKind } from '../../../src/core/feed-kind.js';
import type { TableName } from '../../../src/core/names.js';
import type { TableModel } from '../../../src/engines/contract/schema.js';
import { readTables } from '../../../src/engines/sqlserver/catalog/read-tables.js';
import type { MsConnection, MsPurpose } from '../../../src/engines/sqlserver/connect.js';
import { connectMs } from '../../../src/engines/sqlserver/connect.js';
import type { FeedSessions } from '../../../src/engines/sqlserver/feed/feed-sessions.js';
import { openSessionPool } from '../../../src/engines/sqlserver/session-pool.js';
import type { SessionPool } from '../../../src/engines/sqlserver/sql-session.js';
import type { TestMsDatabase, TestMsServer } from '../../support/sqlserver/server.js';
import { openSqlServer } from '../../support/sqlserver/server.js';
import { waitFor } from '../../support/wait-for.js';
import { connectionTo } from './target-scene.js';

/** A SQL Server database to read from. */
export interface SourceScene {
  readonly server: TestMsServer;
  readonly database: TestMsDatabase;
  readonly connection: MsConnection;
  readonly read: SessionPool;
  readonly change: SessionPool;
  readonly feeds: FeedSessions;
  sql: TestMsDatabase['sql'];
  model(name: string): Promise<TableModel>;
  close(): Promise<void>;
}

export async function openSource(label: string): Promise<SourceScene> {
  const server = await openSqlServer();
  const database = await server.createDatabase(label);
  const connection = connectionTo(server, database.name);
  const open = (purpose: MsPurpose) => () => connectMs(connection, purpose);
  const read = openSessionPool(open('source'), 3);
  const change = openSessionPool(open('change'), 1);
  return {
    server,
    database,
    connection,
    read,
    change,
    feeds: { read, change, open: open('source') },
    sql: (script) => database.sql(script),
    model: async (name) => {
      const only = [tableName(name)];
      const [model] = await read.use(({ query }) => readTables(query, { only }));
      if (model === undefined) throw new Error(`The table ${name} is not there.`);
      return model;
    },
    close: async () => {
      await Promise.all([read.close(), change.close()]);
      await database.drop();
      await server.close();
    },
  };
}

export function tableName(name: string): TableName {
  const [schema = '', table = ''] = name.split('.');
  return { schema, table };
}

export function feedName(kind: FeedKind, more: Partial<FeedName> = {}): FeedName {
  return { kind, pipeline: 'shop', target: 'main', mayCreate: true, ...more };
}

/** Events until one of them is what is waited for; everything is acknowledged. */
export async function eventsUntil(
  reader: FeedReader,
  what: string,
  found: (events: readonly FeedEvent[]) => boolean,
): Promise<FeedEvent[]> {
  const events: FeedEvent[] = [];
  await waitFor(what, async () => {
    for (const event of await reader.read(200, true)) {
      events.push(event);
      if (event.kind === 'commit' || event.kind === 'idle') reader.acknowledge(event.position);
    }
    return found(events);
  });
  return events;
}

/** Changes in order, one text each: `i t 1,ann`; a `|` closes each transaction. */
export function told(events: readonly FeedEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.kind === 'commit') return ['|'];
    if (event.kind === 'lost') return [`lost ${event.table.table}`];
    if (event.kind !== 'changes') return [];
    return event.changes.map(({ op, shape, row, oldKey }) => {
      const text = (cells: readonly unknown[] | null) =>
        (cells ?? [])
          .map((cell) => {
            if (Buffer.isBuffer(cell)) return cell.toString('utf8');
            return cell === null ? '' : '…';
          })
          .join();
      const old = oldKey === null ? '' : ` was ${text(oldKey)}`;
      return `${op} ${shape.table.table} ${text(row)}${old}`.replace('  ', ' ').trimEnd();
    });
  });
}

export function commits(events: readonly FeedEvent[]): number {
  return events.filter((event) => event.kind === 'commit').length;
}
