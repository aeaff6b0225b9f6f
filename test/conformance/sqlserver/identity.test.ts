/**
 * Who gives the values of an identity column. In Microsoft's documentation: "IDENTITY (Property)
 * (Transact-SQL)", "SET IDENTITY_INSERT (Transact-SQL)", "SCOPE_IDENTITY (Transact-SQL)", "TRUNCATE
 * TABLE (Transact-SQL)", "DBCC CHECKIDENT (Transact-SQL)"; of a bulk load "Keep Identity Values When
 * Bulk Importing Data (SQL Server)"; the numbers of errors: "Database engine events and errors".
 */
import mssql from 'mssql';
import { describe, expect, it } from 'vitest';
import { column, errorNumber, probe } from './probe.js';

const server = probe('identity');

async function fresh(table: string): Promise<void> {
  await server
    .database()
    .sql(`CREATE TABLE ${table} (id int IDENTITY(10, 5) NOT NULL PRIMARY KEY, n int NULL)`);
}

describe('identity', () => {
  it('counts from its seed by its increment, and keeps what a rollback took', async () => {
    await fresh('counts');
    await server.session(async (sql) => {
      await sql('INSERT counts (n) VALUES (1), (2)');
      await sql('BEGIN TRAN; INSERT counts (n) VALUES (3); ROLLBACK; INSERT counts (n) VALUES (4)');
      expect(column(await sql('SELECT id FROM counts ORDER BY id'), 'id')).toEqual([10, 15, 25]);
    });
  });

  it('SCOPE_IDENTITY is the last value of the batch, @@IDENTITY that of the session', async () => {
    await fresh('scope');
    await server.session(async (sql) => {
      const [row] = await sql(
        'INSERT scope (n) VALUES (1); SELECT CONVERT(int, SCOPE_IDENTITY()) AS id',
      );
      expect(row).toEqual({ id: 10 });
      const [later] = await sql(
        'SELECT CONVERT(int, SCOPE_IDENTITY()) AS scope, CONVERT(int, @@IDENTITY) AS session',
      );
      expect(later?.session).toBe(10);
    });
  });

  it.each([
    ['INSERT kept (id, n) VALUES (1, 1)', 544],
    ['UPDATE kept SET id = 1', 8102],
    ['SET IDENTITY_INSERT kept ON; INSERT kept VALUES (1)', 8101],
    ['SET IDENTITY_INSERT kept ON; INSERT kept (n) VALUES (1)', 545],
    ['SET IDENTITY_INSERT kept ON; SET IDENTITY_INSERT other_kept ON', 8107],
    ['SET IDENTITY_INSERT plain ON', 8106],
  ])('%s fails with %i', async (batch, number) => {
    await server.database().sql(`
      IF OBJECT_ID(N'dbo.kept') IS NULL CREATE TABLE kept (id int IDENTITY(1, 1) NOT NULL, n int NULL)
      IF OBJECT_ID(N'dbo.other_kept') IS NULL CREATE TABLE other_kept (id int IDENTITY(1, 1) NOT NULL)
      IF OBJECT_ID(N'dbo.plain') IS NULL CREATE TABLE plain (id int NOT NULL)`);
    await server.session(async (sql) => {
      expect(await errorNumber(sql(batch))).toBe(number);
    });
  });

  it('goes on behind a greater value that IDENTITY_INSERT gave', async () => {
    await fresh('behind');
    await server.session(async (sql) => {
      await sql('SET IDENTITY_INSERT behind ON; INSERT behind (id, n) VALUES (100, 1)');
      await sql('SET IDENTITY_INSERT behind OFF; INSERT behind (n) VALUES (2)');
      expect(column(await sql('SELECT id FROM behind ORDER BY id'), 'id')).toEqual([100, 105]);
    });
  });

  it('of a bulk load is kept where the column is listed, given where it is not', async () => {
    await fresh('loaded');
    await server.pool(async (pool) => {
      await pool.request().bulk(tableOf('loaded', [['id', mssql.Int(), false]], [[70, 1]]));
      await pool.request().bulk(tableOf('loaded', [], [[2]]));
    });
    const { sql } = server.database();
    expect(await sql('SELECT id, n FROM loaded ORDER BY id')).toEqual([
      { id: 70, n: 1 },
      { id: 75, n: 2 },
    ]);
  });

  it('starts at its seed again after TRUNCATE', async () => {
    await fresh('truncated');
    await server.session(async (sql) => {
      await sql('INSERT truncated (n) VALUES (1), (2); TRUNCATE TABLE truncated');
      await sql('INSERT truncated (n) VALUES (3)');
      expect(await sql('SELECT id FROM truncated')).toEqual([{ id: 10 }]);
    });
  });

  it('CHECKIDENT RESEED goes on from a value', async () => {
    await fresh('reseeded');
    await server.session(async (sql) => {
      await sql('INSERT reseeded (n) VALUES (1)');
      await sql("DBCC CHECKIDENT ('dbo.reseeded', RESEED, 1000)");
      await sql('INSERT reseeded (n) VALUES (2)');
      expect(column(await sql('SELECT id FROM reseeded ORDER BY id'), 'id')).toEqual([10, 1005]);
    });
  });

  it('CHECKIDENT RESEED before the first row gives the value itself', async () => {
    await fresh('unused');
    await server.session(async (sql) => {
      await sql("DBCC CHECKIDENT ('dbo.unused', RESEED, 1000)");
      await sql('INSERT unused (n) VALUES (1), (2)');
      expect(column(await sql('SELECT id FROM unused ORDER BY id'), 'id')).toEqual([1000, 1005]);
    });
  });

  it('CHECKIDENT RESEED without a value goes on from the greatest one, which SWITCH did not count', async () => {
    for (const table of ['switched', 'staged']) await fresh(table);
    await server.session(async (sql) => {
      await sql('SET IDENTITY_INSERT staged ON; INSERT staged (id, n) VALUES (500, 1)');
      await sql('SET IDENTITY_INSERT staged OFF; TRUNCATE TABLE switched');
      await sql('ALTER TABLE staged SWITCH TO switched');
      await sql("DBCC CHECKIDENT ('dbo.switched', RESEED)");
      await sql('INSERT switched (n) VALUES (2)');
      expect(column(await sql('SELECT id FROM switched ORDER BY id'), 'id')).toEqual([500, 505]);
    });
  });
});

type Column = readonly [string, mssql.ISqlType, boolean];

function tableOf(
  name: string,
  columns: readonly Column[],
  rows: readonly (readonly number[])[],
): mssql.Table {
  const table = new mssql.Table(name);
  for (const [column, type, nullable] of columns) table.columns.add(column, type, { nullable });
  table.columns.add('n', mssql.Int(), { nullable: true });
  for (const row of rows) table.rows.add(...row);
  return table;
}
