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

  it('asks what it may do', async () => {
    expect(
      await asReader(async (sql) =>
        sql(`SELECT HAS_PERMS_BY_NAME(NULL, N'DATABASE', N'UNMASK') AS unmask, IS_SRVROLEMEMBER('sysadmin') AS sa,
          IS_MEMBER('db_owner') AS owner, IS_ROLEMEMBER('db_datareader') AS reads, HAS_PERMS_BY_NAME(NULL, NULL, 'VIEW SERVER STATE') AS state`),
      ),
    ).toEqual([{ unmask: 0, sa: 0, owner: 0, reads: 1, state: 0 }]);
  });
});
