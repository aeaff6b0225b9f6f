/**
 * What a login with few rights sees and may do. In Microsoft's documentation: "Metadata Visibility
 * Configuration"; "GRANT Object Permissions (Transact-SQL)", "DENY Object Permissions (Transact-SQL)",
 * "HAS_PERMS_BY_NAME (Transact-SQL)", "IS_ROLEMEMBER (Transact-SQL)"; of what asks for more than a right
 * on a table the part "Permissions" of each page, as "CREATE TABLE (Transact-SQL)", "DBCC CHECKIDENT
 * (Transact-SQL)" and "sys.sql_expression_dependencies (Transact-SQL)"; the numbers of errors: "Database
 * engine events and errors".
 */
import { randomBytes } from 'node:crypto';
import mssql from 'mssql';
import { Connection } from 'tedious';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sql } from './probe.js';
import { column, errorNumber, probe } from './probe.js';

const server = probe('rights');
const sql = (batch: string) => server.database().sql(batch);
const name = `conformance_${randomBytes(4).toString('hex')}`;
const password = `Conformance-${randomBytes(8).toString('hex')}`;

beforeAll(async () => {
  await sql(`
CREATE LOGIN ${name} WITH PASSWORD = N'${password}', CHECK_POLICY = OFF
CREATE TABLE dbo.shown (id int IDENTITY(1, 1) NOT NULL PRIMARY KEY,
  n int NOT NULL CONSTRAINT shown_df DEFAULT (1), CONSTRAINT shown_ck CHECK (n > 0))
CREATE TABLE dbo.hidden (id int NOT NULL PRIMARY KEY)`);
});

afterAll(async () => {
  await sql(`DROP LOGIN ${name}`);
});

describe('a login', () => {
  it('is refused with a wrong password (18456), and into a database that is not there (4060)', async () => {
    expect(await refusals('master', 'wrong')).toContain(18_456);
    expect(await refusals(`no ${name}`, password)).toContain(4060);
  });

  it('may neither use nor open a database in which it has no user (916, 4060), but sees that it is there', async () => {
    const database = server.database().name;
    const use = asLogin((own) => own(`USE [${database}]`), 'master');
    expect(await errorNumber(use)).toBe(916);
    expect(await refusals(database, password)).toContain(4060);
    const known = `SELECT CASE WHEN DB_ID(N'${database}') IS NULL THEN 0 ELSE 1 END AS known`;
    expect(await asLogin((own) => own(known), 'master')).toEqual([{ known: 1 }]);
    await sql(`CREATE USER ${name} FOR LOGIN ${name}`);
    const called = await asLogin((own) => own('SELECT SUSER_SNAME() AS l, USER_NAME() AS u'));
    expect(called).toEqual([{ l: name, u: name }]);
  });

  it('sees only what it has a right on, and no definition without VIEW DEFINITION', async () => {
    const tables = async () => column(await asLogin((own) => own(TABLES)), 'name');
    expect(await tables()).toEqual([]);
    await sql(`GRANT SELECT ON dbo.shown TO ${name}`);
    expect(await tables()).toEqual(['shown']);
    expect(await asLogin((own) => own(DEFINITIONS))).toEqual([{ d: null, c: null, may: 0 }]);
    await sql(`GRANT VIEW DEFINITION TO ${name}`);
    expect(await tables()).toEqual(['hidden', 'shown']);
    expect(await asLogin((own) => own(DEFINITIONS))).toEqual([
      { d: '((1))', c: '([n]>(0))', may: 1 },
    ]);
  });

  it('reads and writes what it was granted, down to a column, and nothing else (229)', async () => {
    await asLogin(async (own) => {
      expect(await own('SELECT n FROM dbo.shown')).toEqual([]);
      expect(await errorNumber(own('SELECT id FROM dbo.hidden'))).toBe(229);
      expect(await errorNumber(own('INSERT INTO dbo.shown (n) VALUES (1)'))).toBe(229);
      await sql(`GRANT UPDATE (n) ON dbo.shown TO ${name}`);
      expect(await errorNumber(own('UPDATE dbo.shown SET n = 2 WHERE id = 1'))).toBeUndefined();
    });
  });

  it('is stopped by a DENY, whatever its schema or a role allows', async () => {
    const read = () => asLogin((own) => own('SELECT id FROM dbo.hidden'));
    await sql(
      `GRANT SELECT ON SCHEMA::dbo TO ${name}; ALTER ROLE db_datareader ADD MEMBER ${name}`,
    );
    expect(await read()).toEqual([]);
    await sql(`DENY SELECT ON dbo.hidden TO ${name}`);
    expect(await errorNumber(read())).toBe(229);
  });
});

describe('without its right a login', () => {
  it('sees no state of the server (300 or 297) or the database (262 or 297), but its own session', async () => {
    await asLogin(async (own) => {
      const locks = own('SELECT request_mode FROM sys.dm_tran_locks');
      expect([297, 300]).toContain(await errorNumber(locks));
      const scans = () => own('SELECT session_id FROM sys.dm_cdc_log_scan_sessions');
      expect([262, 297]).toContain(await errorNumber(scans()));
      const others = 'SELECT session_id FROM sys.dm_exec_sessions WHERE session_id <> @@SPID';
      expect(await own(others)).toEqual([]);
      await sql(`GRANT VIEW DATABASE STATE TO ${name}`);
      expect(await errorNumber(scans())).toBeUndefined();
    });
  });

  it('does not read sys.sql_expression_dependencies (229)', async () => {
    const read = asLogin((own) => own('SELECT referenced_id FROM sys.sql_expression_dependencies'));
    expect(await errorNumber(read)).toBe(229);
  });

  it('makes no table (262), and none in a schema of others (2760)', async () => {
    await asLogin(async (own) => {
      expect(await errorNumber(own('CREATE TABLE dbo.made (id int)'))).toBe(262);
      await sql(`GRANT CREATE TABLE, CREATE SCHEMA TO ${name}`);
      expect(await errorNumber(own('CREATE TABLE dbo.made (id int)'))).toBe(2760);
      await own('CREATE SCHEMA own');
      await own('CREATE TABLE own.made (id int IDENTITY(1, 1) NOT NULL)');
    });
  });

  it('reseeds no identity of others (2557)', async () => {
    const reseed = (table: string) => `DBCC CHECKIDENT (N'${table}', RESEED, 5) WITH NO_INFOMSGS`;
    await asLogin(async (own) => {
      await sql(`GRANT ALTER ON dbo.shown TO ${name}`);
      expect(await errorNumber(own(reseed('dbo.shown')))).toBe(2557);
      expect(await errorNumber(own(reseed('own.made')))).toBeUndefined();
    });
  });

  it('is told so: HAS_PERMS_BY_NAME, IS_ROLEMEMBER and IS_SRVROLEMEMBER are 0', async () => {
    const rights = () => asLogin((own) => own(RIGHTS));
    const some = { change: 0, state: 0, databases: 0, writes: 0, reads: 1, owner: 0, sysadmin: 0 };
    expect(await rights()).toEqual([some]);
    await sql(`ALTER ROLE db_owner ADD MEMBER ${name}`);
    expect(await rights()).toEqual([{ ...some, change: 1, writes: 1, owner: 1 }]);
  });
});

const TABLES = 'SELECT name FROM sys.tables ORDER BY name';
const DEFINITIONS = `
SELECT (SELECT definition FROM sys.default_constraints WHERE name = N'shown_df') AS d,
  (SELECT definition FROM sys.check_constraints WHERE name = N'shown_ck') AS c,
  HAS_PERMS_BY_NAME(N'[dbo].[shown]', N'OBJECT', N'VIEW DEFINITION') AS may`;
const RIGHTS = `
SELECT HAS_PERMS_BY_NAME(NULL, N'DATABASE', N'ALTER') AS change,
  HAS_PERMS_BY_NAME(NULL, NULL, N'VIEW SERVER STATE') AS state,
  HAS_PERMS_BY_NAME(NULL, NULL, N'CREATE ANY DATABASE') AS databases,
  HAS_PERMS_BY_NAME(N'[dbo].[shown]', N'OBJECT', N'INSERT') AS writes,
  HAS_PERMS_BY_NAME(N'[dbo]', N'SCHEMA', N'SELECT') AS reads,
  IS_ROLEMEMBER(N'db_owner') AS owner, IS_SRVROLEMEMBER(N'sysadmin') AS sysadmin`;

async function asLogin<T>(
  work: (own: Sql) => Promise<T>,
  database = server.database().name,
): Promise<T> {
  const { host, port, standIn } = server.database().server;
  const options = { encrypt: standIn === null, trustServerCertificate: true };
  const who = { server: host, port, user: name, password, database, options };
  const pool = await new mssql.ConnectionPool({ ...who, pool: { min: 0, max: 1 } }).connect();
  try {
    return await work(async (batch) => (await pool.request().batch(batch)).recordset ?? []);
  } finally {
    await pool.close();
  }
}

/** The numbers of the errors that a login ends with. */
async function refusals(database: string, given: string): Promise<number[]> {
  const { host, port, standIn } = server.database().server;
  const connection = new Connection({
    server: host,
    authentication: { type: 'default', options: { userName: name, password: given } },
    options: { port, database, encrypt: standIn === null, trustServerCertificate: true },
  });
  const numbers: number[] = [];
  connection.on('errorMessage', (message: { number: number }) => numbers.push(message.number));
  await new Promise<void>((resolve) => connection.connect(() => resolve()));
  connection.close();
  return numbers;
}
