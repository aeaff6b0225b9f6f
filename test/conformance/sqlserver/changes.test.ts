/**
 * What statements that change rows see and say. In Microsoft's documentation: "OUTPUT Clause
 * (Transact-SQL)", "UPDATE (Transact-SQL)" and "DELETE (Transact-SQL)" (FROM, TOP), "WITH
 * common_table_expression (Transact-SQL)", "@@ROWCOUNT (Transact-SQL)"; the numbers of errors are in
 * "Database engine events and errors".
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { column, errorNumber, probe } from './probe.js';

const server = probe('changes');

beforeEach(async () => {
  await server.database().sql(`
    IF OBJECT_ID(N'dbo.t') IS NOT NULL DROP TABLE dbo.t
    CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY, n int NULL, v nvarchar(10) NULL)
    INSERT dbo.t VALUES (1, 1, N'a'), (2, 2, N'b'), (3, 3, N'c')`);
});

describe('OUTPUT', () => {
  it('shows the rows before and after', async () => {
    const rows = await server
      .database()
      .sql('UPDATE t SET n = n + 10 OUTPUT deleted.n AS old, inserted.n AS new WHERE id = 2');
    expect(rows).toEqual([{ old: 2, new: 12 }]);
  });

  it('goes into a table', async () => {
    await server.session(async (sql) => {
      await sql('CREATE TABLE #gone (id int, v nvarchar(10))');
      await sql('DELETE t OUTPUT deleted.id, deleted.v INTO #gone (id, v) WHERE id > 1');
      expect(await sql('SELECT id, v FROM #gone ORDER BY id')).toEqual([
        { id: 2, v: 'b' },
        { id: 3, v: 'c' },
      ]);
    });
  });

  it('of an INSERT tells the values that the server gave', async () => {
    await server.session(async (sql) => {
      await sql("CREATE TABLE #n (id int IDENTITY(5, 1), v nvarchar(10) DEFAULT N'def')");
      const rows = await sql('INSERT #n OUTPUT inserted.id, inserted.v DEFAULT VALUES');
      expect(rows).toEqual([{ id: 5, v: 'def' }]);
    });
  });
});

describe('changes with FROM', () => {
  it('update by a join', async () => {
    await server.session(async (sql) => {
      await sql('CREATE TABLE #s (id int, n int); INSERT #s VALUES (1, 100), (9, 900)');
      const rows = await sql(`UPDATE x SET n = s.n FROM t AS x JOIN #s AS s ON s.id = x.id;
        SELECT @@ROWCOUNT AS n`);
      expect(rows).toEqual([{ n: 1 }]);
      expect(await sql('SELECT n FROM t WHERE id = 1')).toEqual([{ n: 100 }]);
    });
  });

  it('update and delete by an outer join', async () => {
    await server.session(async (sql) => {
      await sql('CREATE TABLE #s (id int, n int); INSERT #s VALUES (1, 100)');
      await sql('UPDATE x SET n = ISNULL(s.n, -1) FROM t AS x LEFT JOIN #s AS s ON s.id = x.id');
      expect(column(await sql('SELECT n FROM t ORDER BY id'), 'n')).toEqual([100, -1, -1]);
      await sql('DELETE x FROM t AS x LEFT JOIN #s AS s ON s.id = x.id WHERE s.id IS NULL');
      expect(column(await sql('SELECT id FROM t'), 'id')).toEqual([1]);
    });
  });

  it('TOP (1) touches one row', async () => {
    await server.session(async (sql) => {
      expect(await sql('DELETE TOP (1) FROM t; SELECT @@ROWCOUNT AS n')).toEqual([{ n: 1 }]);
    });
  });

  it('delete through a CTE', async () => {
    await server.session(async (sql) => {
      await sql('UPDATE t SET n = 1 WHERE id = 2');
      await sql(`WITH numbered AS (SELECT ROW_NUMBER() OVER (PARTITION BY n ORDER BY id) AS place FROM t)
        DELETE FROM numbered WHERE place > 1`);
      expect(column(await sql('SELECT id FROM t ORDER BY id'), 'id')).toEqual([1, 3]);
    });
  });

  it('see all rows as they were before the statement', async () => {
    await server.database().sql('UPDATE t SET id = id + 1');
    const rows = await server.database().sql('SELECT id FROM t ORDER BY id');
    expect(column(rows, 'id')).toEqual([2, 3, 4]);
  });
});

describe('@@ROWCOUNT', () => {
  it('is that of the last statement', async () => {
    await server.session(async (sql) => {
      expect(await sql('UPDATE t SET n = 0; SELECT @@ROWCOUNT AS n')).toEqual([{ n: 3 }]);
      expect(await sql('UPDATE t SET n = 0 WHERE id = 99; SELECT @@ROWCOUNT AS n')).toEqual([
        { n: 0 },
      ]);
    });
  });
});

describe('errors of names and values', () => {
  it.each([
    ['SELECT nothing FROM t', 207],
    ['SELECT id FROM nothing', 208],
    ['SELECT x.id FROM t', 4104],
    ['SELECT id FROM t AS a JOIN t AS b ON a.id = b.id', 209],
    ['INSERT t (id) VALUES (1)', 2627],
    ['INSERT t (n) VALUES (1)', 515],
    ['INSERT t (id, n) VALUES (9)', 109],
    ["INSERT t (id, n) VALUES (9, 'x')", 245],
    ['SELECT @nothing AS n', 137],
    ['SELEC 1', 102],
    ['EXEC nothing_of_the_kind', 2812],
    ['USE nothing_of_the_kind', 911],
  ])('%s fails with %i', async (batch, number) => {
    // SELEC 1 reads as a call of a procedure in front of a number.
    const expected = batch === 'SELEC 1' ? [102, 2812] : [number];
    expect(expected).toContain(await errorNumber(server.database().sql(batch)));
  });

  it('a foreign key and a check fail with 547, a unique index with 2601', async () => {
    await server.session(async (sql) => {
      await sql(`CREATE TABLE child (id int NOT NULL, t int NULL CONSTRAINT fk_child REFERENCES t (id),
          n int NULL CONSTRAINT ck_child CHECK (n > 0))
        CREATE UNIQUE INDEX u_child ON child (id)`);
      expect(await errorNumber(sql('INSERT child VALUES (1, 77, 1)'))).toBe(547);
      expect(await errorNumber(sql('INSERT child VALUES (1, 1, 0)'))).toBe(547);
      await sql('INSERT child VALUES (1, 1, NULL)');
      expect(await errorNumber(sql('DELETE t WHERE id = 1'))).toBe(547);
      expect(await errorNumber(sql('INSERT child VALUES (1, 2, 1)'))).toBe(2601);
      await sql('DROP TABLE child');
    });
  });
});
