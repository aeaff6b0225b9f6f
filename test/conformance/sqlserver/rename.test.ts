/** In Microsoft's documentation: "sp_rename (Transact-SQL)". */
import { describe, expect, it } from 'vitest';
import { errorNumber, probe } from './probe.js';

const server = probe('rename');
const sql = (batch: string) => server.database().sql(batch);

describe('sp_rename', () => {
  it('of a column keeps its number, values and indexes, and takes the new name as it is', async () => {
    await sql(`
CREATE TABLE dbo.t (id int NOT NULL CONSTRAINT t_pk PRIMARY KEY, [a.b] int NULL)
CREATE INDEX t_ab ON dbo.t ([a.b])
INSERT INTO dbo.t (id, [a.b]) VALUES (1, 7)`);
    await sql("EXEC sp_rename N'[dbo].[t].[a.b]', N'c]d', N'COLUMN'");
    expect(await sql('SELECT [c]]d] AS v FROM dbo.t')).toEqual([{ v: 7 }]);
    const columns = await sql(`
SELECT c.column_id AS n, c.name FROM sys.index_columns AS x
  JOIN sys.indexes AS i ON i.object_id = x.object_id AND i.index_id = x.index_id
  JOIN sys.columns AS c ON c.object_id = x.object_id AND c.column_id = x.column_id
 WHERE i.name = N't_ab'`);
    expect(columns).toEqual([{ n: 2, name: 'c]d' }]);
  });

  it('of a view changes its name, not its text', async () => {
    await sql('CREATE VIEW dbo.first AS SELECT 1 AS one');
    await sql("EXEC sp_rename N'dbo.first', N'second'");
    expect(await sql('SELECT one FROM dbo.second')).toEqual([{ one: 1 }]);
    const [module] = await sql(`SELECT o.name, CHARINDEX(N'dbo.first', m.definition) AS at
  FROM sys.sql_modules AS m JOIN sys.objects AS o ON o.object_id = m.object_id`);
    expect(module?.name).toBe('second');
    expect(Number(module?.at)).toBeGreaterThan(0);
  });

  it('of a key renames its index too', async () => {
    await sql("EXEC sp_rename N'dbo.t_pk', N't_key'");
    expect(
      await sql(`SELECT i.name FROM sys.indexes AS i JOIN sys.objects AS o ON o.name = i.name
 WHERE i.is_primary_key = 1 AND o.type = 'PK'`),
    ).toEqual([{ name: 't_key' }]);
  });

  it('of what is not there fails (15225, of a column 15248)', async () => {
    expect(await errorNumber(sql("EXEC sp_rename N'dbo.none', N'some'"))).toBe(15_225);
    const column = sql("EXEC sp_rename N'dbo.t.none', N'some', N'COLUMN'");
    expect([15_225, 15_248]).toContain(await errorNumber(column));
  });
});
