/** Control tables in a database of their own, and a login whose default schema is `sluice`. */
import { randomBytes } from 'node:crypto';
import { connectMs } from '../../../../src/engines/sqlserver/connect.js';
import { MsControlTables } from '../../../../src/engines/sqlserver/control-tables/ms-control-tables.js';
import { openSessionPool } from '../../../../src/engines/sqlserver/session-pool.js';
import type { SessionPool } from '../../../../src/engines/sqlserver/sql-session.js';
import type { TestMsDatabase, TestMsServer } from '../../../support/sqlserver/server.js';
import { databaseOf, openSqlServer } from '../../../support/sqlserver/server.js';
import { connectionTo } from '../target-scene.js';

export interface Person {
  readonly name: string;
  readonly password: string;
  /** The database as this login. */
  readonly database: TestMsDatabase;
}

export interface ControlScene {
  readonly server: TestMsServer;
  readonly database: TestMsDatabase;
  readonly tables: MsControlTables;
  /** Another opener of the same tables, as a worker of its own; `close` ends its sessions. */
  open(as?: Person, keep?: { days: number; rows: number }): MsControlTables;
  /** A login with a user in the database; `rights` are statements that end with its name. */
  person(...rights: readonly string[]): Promise<Person>;
  close(): Promise<void>;
}

export async function openControlScene(name: string): Promise<ControlScene> {
  const server = await openSqlServer('target');
  const database = databaseOf(server, name);
  await databaseOf(server, 'master').sql(`CREATE DATABASE [${name}]`);
  const pools: SessionPool[] = [];
  const logins: string[] = [];
  const open: ControlScene['open'] = (as, keep) => {
    const connection = {
      ...connectionTo(server, name),
      ...(as === undefined ? {} : { user: as.name, password: () => as.password }),
    };
    const pool = openSessionPool(async () => connectMs(connection, 'state'), 2);
    pools.push(pool);
    return new MsControlTables(pool, keep);
  };
  return {
    server,
    database,
    tables: open(),
    open,
    person: async (...rights) => {
      const login = `person_${randomBytes(4).toString('hex')}`;
      const password = `Person-${randomBytes(8).toString('hex')}`;
      await database.sql(`CREATE LOGIN ${login} WITH PASSWORD = N'${password}', CHECK_POLICY = OFF;
CREATE USER ${login} FOR LOGIN ${login};
ALTER USER ${login} WITH DEFAULT_SCHEMA = sluice;`);
      logins.push(login);
      for (const right of rights) await database.sql(`${right} ${login}`);
      return {
        name: login,
        password,
        database: databaseOf({ ...server, user: login, password }, name),
      };
    },
    close: async () => {
      await Promise.all(pools.map(async (pool) => pool.close()));
      await database.drop();
      if (server.standIn === null) {
        for (const login of logins) {
          await databaseOf(server, 'master').sql(`DROP LOGIN ${login}`);
        }
      }
      await server.close();
    },
  };
}
