/**
 * How texts compare, how long they are and what is lost of them. In Microsoft's documentation: blanks
 * at the end "= (String comparison or assignment)", patterns "LIKE (Transact-SQL)", collations
 * "Collation and Unicode Support" and, between two of them, "Collation Precedence"; lengths "DATALENGTH
 * (Transact-SQL)"; code pages "char and varchar (Transact-SQL)". Each function has a page of its name.
 */
import { describe, expect, it } from 'vitest';
import { column, errorNumber, probe } from './probe.js';

const server = probe('strings');

function truth(condition: string): string {
  return `CASE WHEN ${condition} THEN 1 ELSE 0 END`;
}

describe('comparison of strings', () => {
  it.each([
    ["N'a' = N'a  '", 1],
    ["N'a' = N' a'", 0],
    ["N'a' COLLATE Latin1_General_CI_AS = N'A'", 1],
    ["N'a' COLLATE Latin1_General_CS_AS = N'A'", 0],
    ["N'a' COLLATE Latin1_General_BIN2 = N'A'", 0],
    ["N'a' COLLATE Latin1_General_BIN2 = N'a '", 1],
    ["N'é' COLLATE Latin1_General_CI_AI = N'E'", 1],
    ["N'é' COLLATE Latin1_General_CI_AS = N'e'", 0],
    ["N'a' COLLATE Latin1_General_CI_AS < N'B'", 1],
    ["N'a' COLLATE Latin1_General_BIN2 < N'B'", 0],
    ["N'abc' COLLATE Latin1_General_CI_AS LIKE N'A%'", 1],
    ["N'a_c' LIKE N'a!_c' ESCAPE N'!'", 1],
    ["N'axc' LIKE N'a!_c' ESCAPE N'!'", 0],
    ["N'5' LIKE N'[0-9]'", 1],
    ["N'a[c' LIKE N'a[[]c'", 1],
    ["NULL = N'a'", 0],
    ["N'a' IN (N'A ' COLLATE Latin1_General_CI_AS, N'b')", 1],
  ])('%s is %i', async (condition, expected) => {
    expect(await server.value(truth(condition))).toBe(expected);
  });

  it('groups, sorts and makes unique by the column’s collation', async () => {
    await server.session(async (sql) => {
      await sql(`CREATE TABLE #s (v nvarchar(10) COLLATE Latin1_General_CI_AS NOT NULL)
        INSERT #s VALUES (N'b'), (N'A'), (N'a '), (N'C')`);
      expect(column(await sql('SELECT COUNT(*) AS n FROM #s GROUP BY v ORDER BY v'), 'n')).toEqual([
        2, 1, 1,
      ]);
      expect(await errorNumber(sql('CREATE UNIQUE INDEX u ON #s (v)'))).toBe(1505);
    });
  });

  it('11.2: refuses columns of different collations (468)', async () => {
    await server.session(async (sql) => {
      await sql(`CREATE TABLE #a (v nvarchar(10) COLLATE Latin1_General_CI_AS)
        CREATE TABLE #b (v nvarchar(10) COLLATE Latin1_General_BIN2)`);
      const joined = sql('SELECT 1 AS n FROM #a AS a JOIN #b AS b ON a.v = b.v');
      expect(await errorNumber(joined)).toBe(468);
    });
  });
});

describe('lengths', () => {
  it.each([
    ["LEN(N'ab  ')", 2],
    ["DATALENGTH(N'ab  ')", 8],
    ["DATALENGTH('ab  ')", 4],
    ["DATALENGTH(CAST('ab' AS char(5)))", 5],
    ["DATALENGTH(N'😀')", 4],
    ['DATALENGTH(CAST(NULL AS int))', null],
    ['DATALENGTH(CAST(5 AS bigint))', 8],
    ['DATALENGTH(0x0102)', 2],
  ])('%s is %s', async (expression, expected) => {
    expect(await server.value(expression)).toBe(expected);
  });
});

describe('functions of strings', () => {
  it.each([
    ["SUBSTRING(N'hello', 2, 3)", 'ell'],
    ["SUBSTRING(N'hello', 0, 3)", 'he'],
    ["SUBSTRING(N'hello', 4, 2147483647)", 'lo'],
    ["LEFT(N'abc', 2) + RIGHT(N'abc', 1)", 'abc'],
    ["REPLACE(N'a.b.', N'.', N'')", 'ab'],
    ["CHARINDEX(N'c', N'abc')", 3],
    ["CHARINDEX(N'x', N'abc')", 0],
    ["CHARINDEX(N'a', N'abca', 2)", 4],
    ["QUOTENAME(N'a]b')", '[a]]b]'],
    ["CONCAT(1, NULL, N'x', CAST(2.50 AS decimal(5, 2)))", '1x2.50'],
    ["CONCAT(CAST(1 AS bit), '')", '1'],
    ["N'a' + NULL", null],
    ["UPPER(N'äb') + LOWER(N'ÄB')", 'ÄBäb'],
    ["RTRIM(N'a  ') + LTRIM(N'  b') + N'|'", 'ab|'],
    ["ISNULL(CAST(NULL AS varchar(2)), 'abc')", 'ab'],
    ["REPLICATE(N'ab', 2)", 'abab'],
  ])('%s is %s', async (expression, expected) => {
    expect(await server.value(expression)).toBe(expected);
  });

  it('keeps U+0000 and half a surrogate pair', async () => {
    const text = 'a\u0000\ud800b';
    await server.session(async (sql) => {
      const bytes = Buffer.from(text, 'utf16le').toString('hex');
      const rows = await sql(`SELECT CONVERT(nvarchar(10), 0x${bytes}) AS v`);
      expect(rows).toEqual([{ v: text }]);
    });
  });

  it('loses in varchar what its code page has not', async () => {
    const values = await server.values(
      "CONVERT(varchar(10), N'é' COLLATE Latin1_General_CI_AS)",
      "CONVERT(varchar(10), N'Ж' COLLATE Latin1_General_CI_AS)",
      "CONVERT(varchar(10), N'Ж' COLLATE Cyrillic_General_CI_AS)",
    );
    expect(values).toEqual(['é', '?', 'Ж']);
  });
});

describe('assignment of a string', () => {
  it('11.2: refuses to cut it (2628), but for blanks at its end', async () => {
    await server.session(async (sql) => {
      await sql('CREATE TABLE short (v nvarchar(3) NULL, c char(3) NULL)');
      expect(await errorNumber(sql("INSERT short (v) VALUES (N'abcd')"))).toBe(2628);
      await sql("INSERT short (v, c) VALUES (N'abc  ', 'x')");
      const [row] = await sql("SELECT v, c + '|' AS c FROM short");
      expect(row).toEqual({ v: 'abc', c: 'x  |' });
    });
  });

  it('to a variable cuts it in silence', async () => {
    await server.session(async (sql) => {
      const rows = await sql("DECLARE @v nvarchar(3) = N'abcdef'; SELECT @v AS v");
      expect(rows).toEqual([{ v: 'abc' }]);
    });
  });
});
