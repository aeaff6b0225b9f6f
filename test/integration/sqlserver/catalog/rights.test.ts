import mssql from 'mssql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestMsDatabase, TestMsServer } from '../../../support/sqlserver/server.js';
import { openSqlServer } from '../../../support/sqlserver/server.js';

let server: TestMsServer;
let db: TestMsDatabase;

beforeAll(async () => {
  server = await openSqlServer();
  db = await server.createDatabase('rights');
  await db.sql(`
    CREATE LOGIN reader WITH PASSWORD = N'Reader-1', CHECK_POLICY = OFF
    CREATE USER reader FOR LOGIN reader
    CREATE TABLE Open1 (a int NOT NULL PRIMARY KEY DEFAULT 1, b int NULL CHECK (b > 0))
    CREATE TABLE Hidden (a int)
    GRANT SELECT ON dbo.Open1 TO reader`);
});
afterAll(async () => server.close());

const number = (n: number) => expect.objectContaining({ number: n }) as Error;

async function asReader<T>(
  work: (sql: (text: string) => Promise<unknown[]>) => Promise<T>,
  more: { password?: string; database?: string } = {},
): Promise<T> {
  const pool = new mssql.ConnectionPool({
    server: server.host,
    port: server.port,
    user: 'reader',
    password: more.password ?? 'Reader-1',
    database: more.database ?? db.name,
    options: { encrypt: server.standIn === null, trustServerCertificate: true },
  });
  pool.on('error', () => undefined);
  await pool.connect();
  try {
    return await work(async (text) => (await pool.request().query<object>(text)).recordset ?? []);
  } finally {
    await pool.close();
  }
}

describe('a login', () => {
  it('is refused with a wrong password', async () => {
    await expect(asReader(async () => 1, { password: 'wrong' })).rejects.toThrow('Login failed');
  });

  it('reads what it was granted and nothing else', async () => {
    await asReader(async (sql) => {
      expect(await sql('SELECT * FROM Open1')).toEqual([]);
      await expect(sql('SELECT * FROM Hidden')).rejects.toThrow(number(229));
      await expect(sql('INSERT INTO Open1 VALUES (1, 1)')).rejects.toThrow(number(229));
      await expect(sql('CREATE TABLE t (a int)')).rejects.toThrow(number(262));
    });
  });

  it('sees only the objects that it has a right on', async () => {
    const names = await asReader(async (sql) => sql('SELECT name FROM sys.tables'));
    expect(names).toEqual([{ name: 'Open1' }]);
  });

  it('sees no definitions without VIEW DEFINITION', async () => {
    const query = `SELECT (SELECT definition FROM sys.default_constraints) AS d, (SELECT definition FROM sys.check_constraints) AS c,
      HAS_PERMS_BY_NAME(N'[dbo].[Open1]', N'OBJECT', N'VIEW DEFINITION') AS may`;
    expect(await asReader(async (sql) => sql(query))).toEqual([{ d: null, c: null, may: 0 }]);
    await db.sql('GRANT VIEW DEFINITION TO reader');
    expect(await asReader(async (sql) => sql(query))).toEqual([
      { d: '((1))', c: '([b]>(0))', may: 1 },
    ]);
  });

  it('is stopped by a DENY, and let in by a role', async () => {
    await db.sql('ALTER ROLE db_datareader ADD MEMBER reader');
    await asReader(async (sql) => expect(await sql('SELECT * FROM Hidden')).toEqual([]));
    await db.sql('DENY SELECT ON Hidden TO reader');
    await asReader(async (sql) => expect(sql('SELECT * FROM Hidden')).rejects.toThrow(number(229)));
  });

  it('sees no state of the server or the database without its right', async () => {
    await asReader(async (sql) => {
      await expect(sql('SELECT * FROM sys.dm_server_services')).rejects.toThrow(number(300));
      const scans = 'SELECT * FROM sys.dm_cdc_log_scan_sessions';
      await expect(sql(scans)).rejects.toThrow(number(262));
      expect(await sql('SELECT session_id FROM sys.dm_exec_sessions')).toHaveLength(1);
      await db.sql('GRANT VIEW DATABASE STATE TO reader');
      expect(await sql(scans)).toEqual([]);
    });
  });

  it('makes nothing in a schema of others, and everything in its own', async () => {
    await db.sql('GRANT CREATE TABLE, CREATE SCHEMA TO reader');
    await asReader(async (sql) => {
      await expect(sql('CREATE TABLE dbo.t (a int)')).rejects.toThrow(number(2760));
      await sql('CREATE SCHEMA own');
      await sql('CREATE TABLE own.t (a int IDENTITY)');
      await sql('INSERT INTO own.t DEFAULT VALUES');
      await sql("DBCC CHECKIDENT (N'own.t', RESEED, 5) WITH NO_INFOMSGS");
    });
  });

  it('gives an identity its next value only as owner or member of db_ddladmin', async () => {
    await db.sql('CREATE TABLE dbo.Counted (a int IDENTITY, b int); GRANT ALTER TO reader');
    const reseed = "DBCC CHECKIDENT (N'dbo.Counted', RESEED, 5) WITH NO_INFOMSGS";
    await asReader(async (sql) => {
      await sql('SET IDENTITY_INSERT dbo.Counted ON');
      await expect(sql(reseed)).rejects.toThrow(number(2557));
      await db.sql('ALTER ROLE db_ddladmin ADD MEMBER reader');
      await sql(reseed);
    });
  });

  it('changes the columns that it may change', async () => {
    await db.sql(
      'GRANT SELECT ON dbo.Counted TO reader; GRANT UPDATE (b) ON dbo.Counted TO reader',
    );
    await asReader(async (sql) => {
      await sql('UPDATE dbo.Counted SET b = 1 WHERE a = 1');
      await expect(sql('UPDATE dbo.Open1 SET b = 1')).rejects.toThrow(number(229));
    });
  });

  it('asks what it may do', async () => {
    expect(
      await asReader(async (sql) =>
        sql(`SELECT HAS_PERMS_BY_NAME(NULL, N'DATABASE', N'UNMASK') AS unmask, IS_SRVROLEMEMBER('sysadmin') AS sa,
          IS_MEMBER('db_owner') AS owner, IS_ROLEMEMBER('db_datareader') AS reads, HAS_PERMS_BY_NAME(NULL, NULL, 'VIEW SERVER STATE') AS state`),
      ),
    ).toEqual([{ unmask: 0, sa: 0, owner: 0, reads: 1, state: 0 }]);
  });
});
