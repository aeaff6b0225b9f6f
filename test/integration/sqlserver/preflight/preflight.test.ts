import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSourceCare } from '../../../../src/engines/sqlserver/care/source-care.js';
import { connectMs } from '../../../../src/engines/sqlserver/connect.js';
import { createDatabase } from '../../../../src/engines/sqlserver/define/create-database.js';
import {
  preflightSource,
  preflightTarget,
} from '../../../../src/engines/sqlserver/preflight/preflight.js';
import { openSessionPool } from '../../../../src/engines/sqlserver/session-pool.js';
import type { TestMsDatabase, TestMsServer } from '../../../support/sqlserver/server.js';
import { databaseOf, openSqlServer } from '../../../support/sqlserver/server.js';
import { connectionTo } from '../target-scene.js';

let server: TestMsServer;
let database: TestMsDatabase;

const LOGIN = 'sluice_checked';
const PASSWORD = 'Check-0nly-please';
const NOTHING = { cdc: false, changeTracking: false };

beforeAll(async () => {
  server = await openSqlServer();
  database = await server.createDatabase('preflight');
});
afterAll(async () => {
  await database.drop();
  await server.close();
});

async function asLogin<T>(
  work: (session: Awaited<ReturnType<typeof connectMs>>) => Promise<T>,
): Promise<T> {
  const connection = connectionTo(server, database.name);
  const session = await connectMs(
    { ...connection, user: LOGIN, password: () => PASSWORD },
    'source',
  );
  return work(session).finally(async () => session.close());
}

describe('check', () => {
  it('finds an administrator of an ordinary database able to do everything', async () => {
    const connection = connectionTo(server, database.name);
    const session = await connectMs(connection, 'source');
    const may = { cdc: true, changeTracking: true };
    const source = await preflightSource(session.query, connection, may);
    const target = await preflightTarget(session.query, connection);
    await session.close();
    expect([...source, ...target].filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(source.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['server.version', 'feed.cdc-off', 'feed.change-tracking-off']),
    );
  });

  it('11.5: prints the exact statements that a login with few rights needs', async () => {
    await database.sql(`
      CREATE TABLE dbo.seen (id int NOT NULL PRIMARY KEY)
      GO
      CREATE LOGIN ${LOGIN} WITH PASSWORD = '${PASSWORD}'
      GO
      CREATE USER ${LOGIN} FOR LOGIN ${LOGIN}
      GO
      GRANT VIEW DEFINITION ON dbo.seen TO ${LOGIN}`);
    const connection = connectionTo(server, database.name);
    const source = await asLogin(async ({ query }) => preflightSource(query, connection, NOTHING));
    const target = await asLogin(async ({ query }) => preflightTarget(query, connection));
    const remedies = [...source, ...target].map(({ code, remedy }) => `${code}: ${remedy ?? ''}`);
    expect(remedies).toEqual(
      expect.arrayContaining([
        `table.select: Run: GRANT SELECT ON [dbo].[seen] TO [${LOGIN}]`,
        `database.view-definition: Run: GRANT VIEW DEFINITION TO [${LOGIN}]`,
        `target.create: Run: GRANT CREATE TABLE, CREATE SCHEMA, ALTER TO [${LOGIN}]`,
        `target.rights: Run: GRANT SELECT, INSERT, UPDATE, DELETE, ALTER, REFERENCES TO [${LOGIN}]`,
        `target.reseed: Run: ALTER ROLE [db_ddladmin] ADD MEMBER [${LOGIN}]`,
      ]),
    );
  });

  it('11.5: names the schema and the table of the target that a login may not write', async () => {
    await database.sql(`
      CREATE SCHEMA [dark room]
      GO
      CREATE TABLE dbo.denied (id int NOT NULL PRIMARY KEY)
      GO
      GRANT SELECT, INSERT, UPDATE, DELETE, ALTER, REFERENCES ON SCHEMA::dbo TO ${LOGIN}
      GO
      GRANT SELECT, INSERT, ALTER ON SCHEMA::[dark room] TO ${LOGIN}
      GO
      DENY DELETE ON dbo.denied TO ${LOGIN}`);
    const connection = connectionTo(server, database.name);
    const findings = async () =>
      (await asLogin(async ({ query }) => preflightTarget(query, connection)))
        .filter(({ code }) => code.endsWith('rights'))
        .map(({ severity, message, remedy }) => `${severity}: ${message} ${remedy ?? ''}`);
    expect(await findings()).toEqual([
      `warning: The user ${LOGIN} may not UPDATE, DELETE or REFERENCES in the schema dark room: its tables cannot be replicated. Run: GRANT UPDATE, DELETE, REFERENCES ON SCHEMA::[dark room] TO [${LOGIN}]`,
      `warning: The user ${LOGIN} may not DELETE on dbo.denied: it cannot be replicated. Take back what was denied, then run: GRANT DELETE ON [dbo].[denied] TO [${LOGIN}]`,
    ]);
    // The remedies heal.
    await database.sql(`
      GRANT UPDATE, DELETE, REFERENCES ON SCHEMA::[dark room] TO ${LOGIN}
      GO
      REVOKE DELETE ON dbo.denied FROM ${LOGIN}`);
    expect(await findings()).toEqual([]);
  });
});

describe('large values of a source', () => {
  it('are named where Change Data Capture would refuse them to its users', async () => {
    const own = await server.createDatabase('large values');
    const connection = connectionTo(server, own.name);
    const session = await connectMs(connection, 'source');
    const found = async (cdc: boolean) =>
      (await preflightSource(session.query, connection, { cdc, changeTracking: false }))
        .filter(({ code }) => code === 'feed.max-text-repl-size')
        .map(({ message }) => message);
    await own.sql('CREATE TABLE dbo.small (id int NOT NULL PRIMARY KEY, v varbinary(8000) NULL)');
    expect(await found(true)).toEqual([]);
    await own.sql('CREATE TABLE dbo.letters (id int NOT NULL PRIMARY KEY, v nvarchar(max) NULL)');
    expect(await found(false)).toEqual([]);
    expect(await found(true)).toEqual([
      expect.stringMatching(/above 65536 bytes .* dbo\.letters\.$/),
    ]);
    await session.close();
    await own.drop();
  });
});

describe('care for the source', () => {
  it('reads the one number of a query, and takes back what the query wrote', async () => {
    const pool = openSessionPool(
      async () => connectMs(connectionTo(server, database.name), 'source'),
      1,
    );
    const care = openSourceCare(pool, 60_000);
    await database.sql('CREATE TABLE dbo.loaded (n int NOT NULL)');
    expect(await care.load('SELECT 42 AS busy')).toBe(42);
    expect(await care.load('INSERT INTO dbo.loaded VALUES (1)')).toBeNull();
    expect(await database.sql('SELECT n FROM dbo.loaded')).toEqual([]);
    expect(await care.replicationLagMs()).toBeNull();
    await pool.close();
  });
});

describe('creating a database', () => {
  it("11.14: takes the source's collation, or the server's own where it has no such one", async () => {
    const named = connectionTo(server, `made ${String(process.pid)}`);
    const collation = 'Latin1_General_100_BIN2';
    expect(await createDatabase(named, collation)).toEqual({ created: true, note: null });
    expect(await createDatabase(named, collation)).toEqual({ created: false, note: null });
    const made = databaseOf(server, named.database);
    const sql = 'SELECT collation_name AS c FROM sys.databases WHERE name = DB_NAME()';
    expect(await made.sql(sql)).toEqual([{ c: collation }]);
    await made.drop();
    const other = connectionTo(server, `odd ${String(process.pid)}`);
    expect(await createDatabase(other, 'No_Such_Collation')).toMatchObject({
      created: true,
      note: expect.stringContaining('No_Such_Collation') as unknown,
    });
    await databaseOf(server, other.database).drop();
  });
});
