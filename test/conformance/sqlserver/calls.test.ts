/**
 * What a call with parameters is, and how a batch runs. In Microsoft's documentation: "sp_executesql
 * (Transact-SQL)"; that settings end with it "SET Statements (Transact-SQL)", and #temp tables "CREATE
 * TABLE (Transact-SQL)". Of a batch: "SELECT @local_variable (Transact-SQL)", "TRY...CATCH
 * (Transact-SQL)", "table (Transact-SQL)" and "INTO Clause (Transact-SQL)".
 */
import mssql from 'mssql';
import { describe, expect, it } from 'vitest';
import { errorNumber, probe } from './probe.js';

const server = probe('calls');

describe('a call with parameters (sp_executesql)', () => {
  it('ends with its #temp tables and settings; a batch does not', async () => {
    await server.pool(async (pool) => {
      const transaction = pool.transaction();
      await transaction.begin();
      await transaction.request().query('CREATE TABLE #of_call (n int); SET LOCK_TIMEOUT 5');
      const gone = transaction.request().query('SELECT n FROM #of_call');
      expect(await errorNumber(gone)).toBe(208);
      await transaction.request().batch('CREATE TABLE #of_batch (n int)');
      const { recordset } = await transaction
        .request()
        .query('SELECT @@LOCK_TIMEOUT AS timeout, (SELECT COUNT(*) FROM #of_batch) AS n');
      expect(recordset[0]).toEqual({ timeout: -1, n: 0 });
      await transaction.rollback();
    });
  });

  it('takes parameters of every kind', async () => {
    await server.pool(async (pool) => {
      const { recordset } = await pool
        .request()
        .input('i', mssql.Int, 1)
        .input('b', mssql.BigInt, '9007199254740993')
        .input('s', mssql.NVarChar, 'x😀')
        .input('v', mssql.VarBinary, Buffer.from([1, 2]))
        .input('t', mssql.Bit, true)
        .input('f', mssql.Float, 1.5)
        .input('n', mssql.Int, null)
        .query('SELECT @i AS i, @b AS b, @s AS s, @v AS v, @t AS t, @f AS f, @n AS n');
      expect(recordset[0]).toEqual({
        i: 1,
        b: '9007199254740993',
        s: 'x😀',
        v: Buffer.from([1, 2]),
        t: true,
        f: 1.5,
        n: null,
      });
    });
  });

  it('from T-SQL gives values back through OUTPUT', async () => {
    await server.session(async (sql) => {
      const rows = await sql(`DECLARE @out int;
        EXEC sp_executesql N'SET @b = @a * 2', N'@a int, @b int OUTPUT', @a = 21, @b = @out OUTPUT;
        SELECT @out AS v`);
      expect(rows).toEqual([{ v: 42 }]);
    });
  });
});

describe('flow of a batch', () => {
  it('IF, WHILE and variables', async () => {
    await server.session(async (sql) => {
      const rows = await sql(`DECLARE @i int = 0, @sum int = 0;
        WHILE 1 = 1 BEGIN SET @i += 1; IF @i > 4 BREAK; IF @i = 2 CONTINUE; SET @sum = @sum + @i END;
        IF EXISTS (SELECT 1 WHERE @sum = 8) SELECT @sum AS v ELSE SELECT -1 AS v`);
      expect(rows).toEqual([{ v: 8 }]);
    });
  });

  it('SELECT assigns the last row', async () => {
    await server.session(async (sql) => {
      const rows = await sql(`DECLARE @v int = 7;
        SELECT @v = x.n FROM (VALUES (1), (2)) AS x (n) WHERE x.n > 5; SELECT @v AS v`);
      expect(rows).toEqual([{ v: 7 }]);
    });
  });

  it('TRY catches, and tells what it caught', async () => {
    await server.session(async (sql) => {
      const rows = await sql(`BEGIN TRY SELECT 1 / 0 AS n END TRY
        BEGIN CATCH SELECT ERROR_NUMBER() AS number, ERROR_SEVERITY() AS severity END CATCH`);
      expect(rows).toEqual([{ number: 8134, severity: 16 }]);
    });
  });

  it('a table variable lives as long as its batch', async () => {
    await server.session(async (sql) => {
      const rows =
        await sql(`DECLARE @t TABLE (n int NOT NULL PRIMARY KEY); INSERT @t VALUES (1), (2);
        SELECT SUM(n) AS s FROM @t`);
      expect(rows).toEqual([{ s: 3 }]);
      expect(await errorNumber(sql('SELECT n FROM @t'))).toBe(1087);
    });
  });

  it('SELECT INTO makes a table of the result', async () => {
    await server.session(async (sql) => {
      await sql("SELECT CAST(1.5 AS decimal(9, 3)) AS d, N'x' AS s INTO #made");
      const rows = await sql(`SELECT t.name, c.max_length, c.precision, c.scale
        FROM tempdb.sys.columns AS c JOIN sys.types AS t ON t.user_type_id = c.user_type_id
        WHERE c.object_id = OBJECT_ID(N'tempdb..#made') ORDER BY c.column_id`);
      expect(rows).toEqual([
        { name: 'decimal', max_length: 5, precision: 9, scale: 3 },
        { name: 'nvarchar', max_length: 2, precision: 0, scale: 0 },
      ]);
    });
  });
});
