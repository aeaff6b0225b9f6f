/**
 * How values that are no texts compare, sort and count. In Microsoft's documentation: of NULL "ORDER
 * BY Clause (Transact-SQL)"; of numbers "Precision, scale, and length (Transact-SQL)", "SUM
 * (Transact-SQL)"; further types have their pages at their cases.
 */
import { describe, expect, it } from 'vitest';
import { column, errorNumber, probe } from './probe.js';

const server = probe('numbers');

describe('NULL', () => {
  it('sorts first, and last when descending', async () => {
    const rows = await server
      .database()
      .sql('SELECT v.n FROM (VALUES (2), (NULL), (1)) AS v (n) ORDER BY v.n');
    expect(column(rows, 'n')).toEqual([null, 1, 2]);
  });

  it('is one value to GROUP BY, DISTINCT, EXCEPT and a unique key', async () => {
    await server.session(async (sql) => {
      expect(await sql('SELECT DISTINCT v.n FROM (VALUES (NULL), (NULL)) AS v (n)')).toHaveLength(
        1,
      );
      expect(await sql('SELECT CAST(NULL AS int) AS n EXCEPT SELECT NULL')).toHaveLength(0);
      await sql('CREATE TABLE only_one (n int NULL UNIQUE); INSERT only_one VALUES (NULL)');
      expect(await errorNumber(sql('INSERT only_one VALUES (NULL)'))).toBe(2627);
    });
  });

  it('makes NOT IN true for nothing', async () => {
    const rows = await server
      .database()
      .sql(
        'SELECT v.n FROM (VALUES (1), (2)) AS v (n) WHERE v.n NOT IN (SELECT 1 UNION ALL SELECT NULL)',
      );
    expect(rows).toEqual([]);
  });

  it('is passed over by aggregates', async () => {
    const rows = await server.database().sql(`SELECT COUNT(*) AS c, COUNT(v.n) AS n, SUM(v.n) AS s,
      AVG(v.n) AS a, MAX(v.n) AS m FROM (VALUES (1), (2), (NULL)) AS v (n)`);
    expect(rows).toEqual([{ c: 3, n: 2, s: 3, a: 1, m: 2 }]);
  });
});

describe('arithmetic', () => {
  it.each([
    ['7 / 2', 3],
    ['-7 / 2', -3],
    ['7 % 3', 1],
    ['7 / 2.0', 3.5],
    ['CONVERT(varchar(20), 2.0 / 3)', '0.666666'],
    ['CONVERT(varchar(50), CAST(1 AS decimal(38, 10)) / 3)', '0.3333333333'],
    ['CONVERT(varchar(50), CAST(10 AS decimal(5, 2)) * CAST(2 AS decimal(5, 3)))', '20.00000'],
    ['5 & 3', 1],
    ['5 | 3', 7],
    ['5 ^ 3', 6],
    ['~5', -6],
    ['ABS(-5)', 5],
    ['FLOOR(-2.5)', -3],
    ['CEILING(-2.5)', -2],
    ['CONVERT(varchar(10), ROUND(CAST(2.345 AS decimal(5, 3)), 2))', '2.350'],
    ['POWER(2, 10)', 1024],
  ])('%s is %s', async (expression, expected) => {
    expect(await server.value(expression)).toBe(expected);
  });

  it.each([
    ['1 / 0', 8134],
    ['2147483647 + 1', 8115],
    ['CAST(9223372036854775807 AS bigint) + 1', 8115],
  ])('%s fails with %i', async (expression, number) => {
    expect(await errorNumber(server.value(expression))).toBe(number);
  });

  it('a sum of int stays int, a sum of decimal has 38 digits', async () => {
    const big = server
      .database()
      .sql('SELECT SUM(v.n) AS s FROM (VALUES (2147483647), (1)) AS v (n)');
    expect(await errorNumber(big)).toBe(8115);
    const rows = await server.database().sql(`SELECT CONVERT(varchar(50), SUM(v.n)) AS s
      FROM (VALUES (CAST(99999999999999999999999999999999.5 AS decimal(33, 1))), (0.5)) AS v (n)`);
    expect(rows).toEqual([{ s: '100000000000000000000000000000000.0' }]);
  });
});

// "Comparing GUID and uniqueidentifier Values", a page of ADO.NET: the last six bytes count most.
describe('uniqueidentifier', () => {
  it('sorts by its last six bytes first', async () => {
    const rows = await server.database().sql(`
      SELECT CONVERT(varchar(36), v.u) AS u FROM (VALUES
        (CAST('00000000-0000-0000-0000-010000000000' AS uniqueidentifier)),
        (CAST('FF000000-0000-0000-0000-000000000000' AS uniqueidentifier)),
        (CAST('00000000-0000-0000-0100-000000000000' AS uniqueidentifier))) AS v (u) ORDER BY v.u`);
    expect(column(rows, 'u')).toEqual([
      'FF000000-0000-0000-0000-000000000000',
      '00000000-0000-0000-0100-000000000000',
      '00000000-0000-0000-0000-010000000000',
    ]);
  });
});

// "datetimeoffset (Transact-SQL)".
describe('datetimeoffset', () => {
  it('compares instants, and keeps its offset', async () => {
    const [equal, shown] = await server.values(
      `CASE WHEN CAST('2026-01-01T10:00:00+02:00' AS datetimeoffset)
        = CAST('2026-01-01T09:00:00+01:00' AS datetimeoffset) THEN 1 ELSE 0 END`,
      "CONVERT(varchar(40), CAST('2026-01-01T10:00:00+02:00' AS datetimeoffset(0)), 121)",
    );
    expect([equal, shown]).toEqual([1, '2026-01-01 10:00:00 +02:00']);
  });
});

// "SQL_VARIANT_PROPERTY (Transact-SQL)".
describe('sql_variant', () => {
  it('tells the type of what it holds', async () => {
    const of = 'CAST(CAST(1.50 AS decimal(5, 2)) AS sql_variant)';
    const values = await server.values(
      `CONVERT(nvarchar(20), SQL_VARIANT_PROPERTY(${of}, 'BaseType'))`,
      `CONVERT(int, SQL_VARIANT_PROPERTY(${of}, 'Precision'))`,
      `CONVERT(int, SQL_VARIANT_PROPERTY(${of}, 'Scale'))`,
      `CONVERT(nvarchar(20), ${of})`,
    );
    expect(values).toEqual(['decimal', 5, 2, '1.50']);
  });

  // "CAST and CONVERT (Transact-SQL)": what is no string becomes one of the database's collation.
  it('loses in varchar what the code page of the database has not, and in nvarchar nothing', async () => {
    const of = "CAST(CAST(N'Ж' COLLATE Cyrillic_General_CI_AS AS varchar(10)) AS sql_variant)";
    const values = await server.values(
      `CONVERT(nvarchar(10), ${of})`,
      `CONVERT(varchar(10), ${of})`,
      `DATALENGTH(${of})`,
    );
    expect(values).toEqual(['Ж', '?', 1]);
  });
});

// "rowversion (Transact-SQL)", "MIN_ACTIVE_ROWVERSION (Transact-SQL)".
describe('rowversion', () => {
  it('grows with every change, and MIN_ACTIVE_ROWVERSION stays below what is not committed', async () => {
    await server
      .database()
      .sql('CREATE TABLE versioned (id int NOT NULL PRIMARY KEY, rv rowversion)');
    await server.session(async (writer) => {
      await server.session(async (reader) => {
        await writer(
          'INSERT versioned (id) VALUES (1), (2); BEGIN TRAN; UPDATE versioned SET id = 3 WHERE id = 2',
        );
        const [first] = await writer('SELECT CONVERT(bigint, MAX(rv)) AS rv FROM versioned');
        await reader('INSERT versioned (id) VALUES (4)');
        const [bound] = await reader('SELECT CONVERT(bigint, MIN_ACTIVE_ROWVERSION()) AS bound');
        expect(BigInt(String(bound?.bound))).toBeLessThanOrEqual(BigInt(String(first?.rv)));
        await writer('COMMIT');
        const [after] =
          await reader(`SELECT CASE WHEN MIN_ACTIVE_ROWVERSION() > MAX(rv) THEN 1 ELSE 0 END AS past
          FROM versioned`);
        expect(after).toEqual({ past: 1 });
      });
    });
  });

  it.each([
    ['INSERT versioned (id, rv) VALUES (9, 0x01)', 273],
    ['UPDATE versioned SET rv = 0x01', 272],
  ])('%s fails with %i', async (batch, number) => {
    expect(await errorNumber(server.database().sql(batch))).toBe(number);
  });
});
