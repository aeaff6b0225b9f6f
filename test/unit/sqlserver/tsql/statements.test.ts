import { describe, expect, it } from 'vitest';
import { parseBatch } from '../../../support/sqlserver/tsql/batch.js';

const kinds = (text: string) => parseBatch(text).map((s) => s.kind);

describe('cutting a batch into statements', () => {
  it('needs no semicolons', () => {
    expect(
      kinds(`DECLARE @a int = 1, @b nvarchar(10) SET @a += 1 SELECT @a AS x PRINT 'y'
        IF @a = 2 BEGIN INSERT t VALUES (1) DELETE t WHERE a = 1 END ELSE UPDATE t SET a = 2
        EXEC p @a, @b = 'x' TRUNCATE TABLE t`),
    ).toEqual(['declare', 'setVariable', 'query', 'print', 'if', 'execute', 'truncate']);
  });

  it('ignores comments inside comments', () => {
    expect(kinds("/* a /* b */ c ' */ SELECT 1 -- PRINT 'no'\n;;SELECT 2")).toEqual([
      'query',
      'query',
    ]);
  });

  it('tells the line of each statement and where its text ends', () => {
    const text = 'SELECT 1\n\nSELECT 2;';
    const [, second] = parseBatch(text);
    expect(second?.line).toBe(3);
    expect(text.slice(second?.start, second?.end)).toBe('SELECT 2');
  });

  it('keeps a semicolon before ELSE', () => {
    expect(kinds('IF 1 = 1 SELECT 1; ELSE SELECT 2; SELECT 3')).toEqual(['if', 'query']);
  });

  it('calls a procedure without EXEC at the start of a batch only', () => {
    expect(kinds('sp_who')).toEqual(['execute']);
    expect(() => kinds('SELECT 1; sp_who')).toThrow("Incorrect syntax near 'sp_who'");
  });
});

describe('names', () => {
  const nameOf = (text: string) => {
    const [statement] = parseBatch(`TRUNCATE TABLE ${text}`);
    return statement?.kind === 'truncate' ? statement.table : null;
  };

  it('may hold brackets, dots, quotes and emoji', () => {
    expect(nameOf('[a]]b].[c.d]')).toEqual(['a]b', 'c.d']);
    expect(nameOf('"x""y".[🦥 [it\'s]')).toEqual(['x"y', "🦥 [it's"]);
    expect(nameOf('#t')).toEqual(['#t']);
  });

  it('have up to four parts, some of them empty', () => {
    expect(nameOf('srv.db..t')).toEqual(['srv', 'db', '', 't']);
    expect(nameOf('db..t')).toEqual(['db', '', 't']);
  });

  it('have at most 128 characters', () => {
    expect(nameOf(`[${'n'.repeat(128)}]`)).toEqual(['n'.repeat(128)]);
    expect(() => nameOf(`[${'n'.repeat(129)}]`)).toThrow('Maximum length is 128.');
  });

  it('are reserved words only in brackets', () => {
    expect(nameOf('[User]')).toEqual(['User']);
    expect(() => nameOf('User')).toThrow("Incorrect syntax near the keyword 'User'.");
  });
});

describe('statements the product and its tests send', () => {
  it.each([
    `WITH c AS (SELECT TOP (10) WITH TIES a, ROW_NUMBER() OVER (PARTITION BY b ORDER BY a DESC) AS n
      FROM dbo.t WITH (NOLOCK, INDEX (ix)) WHERE a LIKE N'x!_%' ESCAPE '!' ORDER BY a)
     SELECT DISTINCT c.*, x.v FROM c LEFT OUTER JOIN u ON u.a = c.a
     CROSS APPLY (VALUES (1, 2), (3, 4)) AS x(v, w) WHERE c.n = 1 AND NOT (c.a IN (1, 2) OR c.a IS NULL)
     GROUP BY c.a HAVING COUNT(*) > 1 ORDER BY c.a OFFSET 5 ROWS FETCH NEXT 10 ROWS ONLY OPTION (RECOMPILE)`,
    'SELECT 1 AS a UNION ALL SELECT 2 EXCEPT (SELECT 3 INTERSECT SELECT 4)',
    `SELECT ct.SYS_CHANGE_VERSION, t.[c] FROM CHANGETABLE(CHANGES [s].[t], @saved) AS ct
     LEFT JOIN [s].[t] AS t ON t.[id] = ct.[id] WHERE ct.SYS_CHANGE_VERSION <= @cur`,
    'SELECT * FROM CHANGETABLE(VERSION s.t, (id), (5)) AS v',
    "SELECT j.a FROM OPENJSON(@j) WITH (a int '$.a', b nvarchar(max) AS JSON) AS j",
    'SELECT $PARTITION.pf(d) AS p, db.$PARTITION.pf(1) FROM t',
    "SELECT x = CASE WHEN a > 1 THEN 'b' ELSE NULL END, y = IIF(a = 1, 2, 3), @v = a FROM t",
    "SELECT CAST(a AS decimal(38,10)), CONVERT(varchar(33), d, 126), TRY_CONVERT(xml, '<a/>', 1)",
    'INSERT INTO [s].[t] WITH (TABLOCK) ([a], [b]) OUTPUT inserted.[a] INTO @ids ([a]) SELECT a, b FROM #t',
    'INSERT t DEFAULT VALUES',
    'INSERT INTO t EXEC sp_executesql @s',
    `UPDATE TOP (100) t SET a = d.a, b += 1, @x = c = DEFAULT OUTPUT deleted.a, inserted.a
     FROM [s].[t] AS t JOIN #d AS d ON d.id = t.id WHERE t.a <> d.a`,
    'DELETE TOP (1000) FROM t WITH (ROWLOCK) OUTPUT deleted.* WHERE EXISTS (SELECT 1 FROM u)',
    ';WITH c AS (SELECT * FROM t) DELETE FROM c WHERE n > 1',
    'DELETE a FROM t AS a JOIN u AS b ON b.id = a.id',
    'TRUNCATE TABLE [dbo].[t] WITH (PARTITIONS (2, 4 TO 6))',
    "IF NOT EXISTS (SELECT 1 FROM t) THROW 51001, N'no', 1",
    "RAISERROR (N'x %d', 16, 1, @n) WITH NOWAIT",
    'BEGIN TRY SELECT 1 END TRY BEGIN CATCH THROW; END CATCH',
    'WHILE @@TRANCOUNT > 0 BEGIN COMMIT TRAN; CONTINUE; BREAK END',
    'BEGIN TRAN t1 SAVE TRANSACTION s ROLLBACK TRAN s COMMIT',
    'SET XACT_ABORT ON SET LOCK_TIMEOUT -1 SET TRANSACTION ISOLATION LEVEL SNAPSHOT SET ANSI_NULLS, QUOTED_IDENTIFIER ON',
    'SET IDENTITY_INSERT [s].[t] ON',
    "EXEC @rc = sys.sp_getapplock @Resource = N'x', @LockMode = 'Exclusive', @LockTimeout = -1, @o = @p OUTPUT",
    "EXEC sp_rename N'dbo.t', N't2', OBJECT",
    "EXEC (N'SELECT 1')",
    'insert bulk [s].[t] ([a] bigint, [b] nvarchar(max) COLLATE Latin1_General_BIN2, [c] varbinary(8000)) WITH (TABLOCK, KEEP_NULLS, ORDER ([a] ASC))',
    'KILL 55 USE [d]',
    "DBCC CHECKIDENT (N's.t', RESEED, 5) WITH NO_INFOMSGS",
    'UPDATE STATISTICS [s].[t] WITH FULLSCAN',
    'SELECT NEXT VALUE FOR dbo.s AS v, geography::Point(1, 2, 4326)',
    "WAITFOR DELAY '00:00:01'",
    'SELECT SUM(a) OVER (ORDER BY b ROWS BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING) FROM t',
    "SELECT a COLLATE Latin1_General_BIN2 + N'x', ((a + 1) * -2) % 3, ~a & 1 | 2 ^ 3 FROM t WHERE ((a)) > ALL (SELECT 1)",
    "SELECT SYSDATETIMEOFFSET() AT TIME ZONE 'UTC', CURRENT_TIMESTAMP, LEFT(a, 2), @@SPID FROM sys.objects AS [o]",
  ])('reads %s', (text) => {
    expect(parseBatch(text).length).toBeGreaterThan(0);
  });
});

describe('errors of syntax', () => {
  it.each([
    ['SELEC * FROM t', 102],
    ['SELECT FROM t', 156],
    ['SELECT 1 +', 102],
    ["SELECT 'x", 105],
    ['/* SELECT 1', 113],
    ['SELECT 1 WHERE 2', 4145],
    ['SELECT (a = 1) FROM t', 156],
    ['INSERT t VALUES (1', 102],
    ['SELECT ?', 102],
    ['SELECT 1; CREATE VIEW v AS SELECT 1 AS a', 111],
    ['BEGIN SELECT 1', 102],
  ])('%s is refused with %i', (text, number) => {
    expect(() => parseBatch(text)).toThrow(expect.objectContaining({ number }) as Error);
  });
});
