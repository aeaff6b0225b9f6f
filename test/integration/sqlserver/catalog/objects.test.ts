import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestMsDatabase, TestMsServer } from '../../../support/sqlserver/server.js';
import { openSqlServer } from '../../../support/sqlserver/server.js';

let server: TestMsServer;
let db: TestMsDatabase;

beforeAll(async () => {
  server = await openSqlServer();
  db = await server.createDatabase('objects');
});
afterAll(async () => server.close());

const number = (n: number) => expect.objectContaining({ number: n }) as Error;

describe('a database', () => {
  it('is made once, changed and dropped', async () => {
    await db.sql('CREATE DATABASE [x y] COLLATE Latin1_General_CS_AS');
    await expect(db.sql('CREATE DATABASE [x y]')).rejects.toThrow(number(1801));
    await db.sql(`ALTER DATABASE [x y] SET ALLOW_SNAPSHOT_ISOLATION ON
      ALTER DATABASE [x y] SET CHANGE_TRACKING = ON (CHANGE_RETENTION = 2 DAYS, AUTO_CLEANUP = ON)`);
    await expect(db.sql('ALTER DATABASE [x y] SET CHANGE_TRACKING = ON')).rejects.toThrow(
      number(5088),
    );
    expect(
      await db.sql(`SELECT d.collation_name, d.snapshot_isolation_state AS snapshot, t.retention_period AS period, t.retention_period_units_desc AS units
        FROM sys.databases AS d JOIN sys.change_tracking_databases AS t ON t.database_id = d.database_id WHERE d.name = N'X Y'`),
    ).toEqual([{ collation_name: 'Latin1_General_CS_AS', snapshot: 1, period: 2, units: 'DAYS' }]);
    await db.sql('DROP DATABASE [x y]');
    expect(await db.sql("SELECT DB_ID('x y') AS id, DB_NAME() AS own")).toEqual([
      { id: null, own: db.name },
    ]);
    await expect(db.sql('USE [x y]')).rejects.toThrow(number(911));
  });
});

describe('views and routines', () => {
  it('are kept as text, and views select', async () => {
    await db.sql(`CREATE SCHEMA s
      GO
      CREATE TABLE s.t (a int, b int)
      INSERT INTO s.t VALUES (1, 2)
      GO
      CREATE VIEW s.v (x, y) AS SELECT a, a + b FROM s.t
      GO
      -- what for
      CREATE OR ALTER PROCEDURE s.p @a int AS SELECT @a
      GO
      CREATE FUNCTION s.f (@a int) RETURNS int AS BEGIN RETURN @a END
      GO
      CREATE TRIGGER s.tr ON s.t AFTER INSERT AS SET NOCOUNT ON`);
    expect(await db.sql('SELECT v.y FROM s.v AS v WHERE v.x = 1')).toEqual([{ y: 3 }]);
    const rows =
      await db.sql(`SELECT o.name, RTRIM(o.type) AS type, m.definition FROM sys.objects AS o
      JOIN sys.sql_modules AS m ON m.object_id = o.object_id ORDER BY o.name`);
    expect(rows.map(({ name, type }) => [name, type])).toEqual([
      ['f', 'FN'],
      ['p', 'P'],
      ['tr', 'TR'],
      ['v', 'V'],
    ]);
    expect(String(rows[1]?.definition)).toMatch(/^\s*-- what for\s+CREATE PROCEDURE s\.p/);
    await db.sql('ALTER VIEW s.v AS SELECT b FROM s.t');
    expect(await db.sql('SELECT * FROM s.v')).toEqual([{ b: 2 }]);
    expect(
      await db.sql(
        `SELECT OBJECT_NAME(referencing_id) AS a, OBJECT_NAME(referenced_id) AS b FROM sys.sql_expression_dependencies WHERE referencing_id = OBJECT_ID('s.v')`,
      ),
    ).toEqual([{ a: 'v', b: 't' }]);
    await db.sql('DROP PROCEDURE s.p DROP FUNCTION s.f DROP VIEW s.v DROP TABLE s.t DROP SCHEMA s');
    await expect(db.sql('DROP VIEW s.v')).rejects.toThrow(number(3701));
  });
});

describe('sequences and types', () => {
  it('give their values', async () => {
    await db.sql('CREATE SEQUENCE dbo.seq AS int START WITH 5 INCREMENT BY 2 NO CACHE');
    expect(await db.sql('SELECT NEXT VALUE FOR dbo.seq AS v')).toEqual([{ v: 5 }]);
    expect(
      await db.sql(`SELECT CONVERT(varchar(20), start_value) AS s, CONVERT(varchar(20), current_value) AS c, is_cached,
        CONVERT(varchar(20), maximum_value) AS m FROM sys.sequences`),
    ).toEqual([{ s: '5', c: '5', is_cached: false, m: '2147483647' }]);
    await db.sql('ALTER SEQUENCE dbo.seq RESTART WITH 1 DROP SEQUENCE dbo.seq');
  });

  it('are dropped when nothing uses them', async () => {
    await db.sql('CREATE TYPE dbo.Code FROM varchar(10) CREATE TABLE Coded (c dbo.Code)');
    await expect(db.sql('DROP TYPE dbo.Code')).rejects.toThrow(number(3732));
    await db.sql('DROP TABLE Coded DROP TYPE dbo.Code');
  });

  it('tell the server and the tables apart', async () => {
    await db.sql(
      'CREATE TABLE Counted (id int IDENTITY(7, 1), v int) INSERT INTO Counted (v) VALUES (1), (2)',
    );
    const [row] =
      await db.sql(`SELECT CONVERT(int, SERVERPROPERTY('EngineEdition')) AS edition, SCHEMA_NAME() AS s, SCHEMA_ID('dbo') AS sid,
      CONVERT(int, IDENT_CURRENT('Counted')) AS ident, COLUMNPROPERTY(OBJECT_ID('Counted'), 'v', 'ColumnId') AS col, TYPE_NAME(56) AS t,
      OBJECTPROPERTY(OBJECT_ID('Counted'), 'TableHasIdentity') AS identity_, CONVERT(nvarchar(20), DATABASEPROPERTYEX(DB_NAME(), 'Updateability')) AS u`);
    expect(row).toEqual({
      edition: 3,
      s: 'dbo',
      sid: 1,
      ident: 8,
      col: 2,
      t: 'int',
      identity_: 1,
      u: 'READ_WRITE',
    });
    await db.sql('TRUNCATE TABLE Counted INSERT INTO Counted (v) VALUES (1)');
    expect(await db.sql('SELECT id FROM Counted')).toEqual([{ id: 7 }]);
  });

  it('#temp tables belong to their session', async () => {
    await db.session(async (sql) => {
      await sql("CREATE TABLE #t (a int PRIMARY KEY, b nvarchar(10) DEFAULT N'x')");
      await sql('INSERT INTO #t (a) VALUES (1)');
      expect(await sql("SELECT a, b, OBJECT_ID('tempdb..#t') AS id FROM #t")).toMatchObject([
        { a: 1, b: 'x', id: expect.any(Number) as number },
      ]);
      expect(await db.sql("SELECT OBJECT_ID('tempdb..#t') AS id")).toEqual([{ id: null }]);
      await expect(db.sql('SELECT * FROM #t')).rejects.toThrow(number(208));
    });
  });
});
