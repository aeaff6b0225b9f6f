import { connectMs } from '../../../src/engines/sqlserver/connect.js';
import type { MsConnection, MsPurpose } from '../../../src/engines/sqlserver/connect.js';
import type { MsSession, SessionPool } from '../../../src/engines/sqlserver/sql-session.js';
import { openSessionPool } from '../../../src/engines/sqlserver/session-pool.js';
import { openState } from '../../../src/engines/sqlserver/state/open-state.js';
import type { StateStore } from '../../../src/state/store.js';
import type { TestMsDatabase, TestMsServer } from '../../support/sqlserver/server.js';
import { openSqlServer } from '../../support/sqlserver/server.js';

/** A SQL Server database with the schema sluice in it. */
export interface TargetScene {
  readonly server: TestMsServer;
  readonly database: TestMsDatabase;
  readonly connection: MsConnection;
  readonly pool: SessionPool;
  readonly state: StateStore;
  sql: TestMsDatabase['sql'];
  /** A session that `close` ends. */
  connect(purpose?: MsPurpose): Promise<MsSession>;
  close(): Promise<void>;
}

export async function openTarget(label: string): Promise<TargetScene> {
  const server = await openSqlServer('target');
  const database = await server.createDatabase(label);
  const connection = connectionTo(server, database.name);
  const pool = openSessionPool(async () => connectMs(connection, 'state'), 4);
  const state = openState(pool, 'the target');
  await state.migrate();
  const sessions: MsSession[] = [];
  return {
    server,
    database,
    connection,
    pool,
    state,
    sql: async (script) => database.sql(script),
    connect: async (purpose = 'target') => {
      const session = await connectMs(connection, purpose);
      sessions.push(session);
      return session;
    },
    close: async () => {
      await Promise.all(sessions.map(async (session) => session.close()));
      await pool.close();
      await database.drop();
      await server.close();
    },
  };
}

export function connectionTo(server: TestMsServer, database: string): MsConnection {
  return {
    host: server.host,
    port: server.port,
    database,
    user: server.user,
    password: () => server.password,
    tls: { mode: server.standIn === null ? 'require' : 'disable' },
    multiSubnetFailover: false,
    connectTimeoutMs: 10_000,
    statementTimeoutMs: 60_000,
    applicationName: 'sluice test',
    session: {},
  };
}
