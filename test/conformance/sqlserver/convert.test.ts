/**
 * Values as texts, numbers and bytes. In Microsoft's documentation: "CAST and CONVERT (Transact-SQL)",
 * with the styles and what is cut or rounded; how a time is rounded: "datetime (Transact-SQL)"; the
 * numbers of errors: "Database engine events and errors".
 */
import { describe, expect, it } from 'vitest';
import { errorNumber, probe } from './probe.js';

const server = probe('convert');

const MOMENT = "CAST('2026-03-01T12:34:56.7891234' AS datetime2(7))";
const INSTANT = "CAST('2026-03-01T12:34:56.7891234+05:30' AS datetimeoffset(7))";

describe('CONVERT to a string', () => {
  it.each([
    [`CONVERT(varchar(33), ${MOMENT}, 126)`, '2026-03-01T12:34:56.7891234'],
    [`CONVERT(varchar(33), ${MOMENT}, 121)`, '2026-03-01 12:34:56.7891234'],
    [`CONVERT(varchar(33), ${MOMENT}, 120)`, '2026-03-01 12:34:56'],
    [`CONVERT(varchar(33), ${MOMENT}, 112)`, '20260301'],
    [`CONVERT(varchar(33), ${MOMENT}, 23)`, '2026-03-01'],
    [`CONVERT(varchar(33), ${MOMENT})`, '2026-03-01 12:34:56.7891234'],
    [`CONVERT(varchar(34), ${INSTANT}, 121)`, '2026-03-01 12:34:56.7891234 +05:30'],
    [`CONVERT(varchar(34), ${INSTANT}, 127)`, '2026-03-01T07:04:56.7891234Z'],
    [
      "CONVERT(varchar(30), CAST('2026-03-01T10:00:00.123' AS datetime), 121)",
      '2026-03-01 10:00:00.123',
    ],
    ["CONVERT(varchar(30), CAST('2026-03-01T10:00:00' AS datetime))", 'Mar  1 2026 10:00AM'],
    ["CONVERT(varchar(30), CAST('12:34:56.7891234' AS time(3)))", '12:34:56.789'],
    ["CONVERT(varchar(30), CAST('2026-03-01' AS date), 112)", '20260301'],
    ['CONVERT(varchar(30), CAST(0.1 AS float), 3)', '1.0000000000000001e-001'],
    ['CONVERT(varchar(30), CAST(123456.789 AS float))', '123457'],
    ['CONVERT(varchar(30), CAST(1.5 AS money))', '1.50'],
    ['CONVERT(varchar(30), CAST(-922337203685477.5808 AS money), 2)', '-922337203685477.5808'],
    ['CONVERT(varchar(30), CAST(1.5 AS decimal(10, 4)))', '1.5000'],
    ['CONVERT(varchar(20), 0x0102AB, 1)', '0x0102AB'],
    ['CONVERT(varchar(20), 0x0102AB, 2)', '0102AB'],
    [
      "CONVERT(varchar(36), CAST('6f9619ff-8b86-d011-b42d-00c04fc964ff' AS uniqueidentifier))",
      '6F9619FF-8B86-D011-B42D-00C04FC964FF',
    ],
    ['CONVERT(varchar(10), CAST(1 AS bit))', '1'],
  ])('%s is %s', async (expression, expected) => {
    expect(await server.value(expression)).toBe(expected);
  });

  it('cuts a string in silence, and shows a star for a number that is too long', async () => {
    expect(
      await server.values("CAST(N'abcdef' AS nvarchar(3))", 'CAST(12345 AS varchar(3))'),
    ).toEqual(['abc', '*']);
    expect(await errorNumber(server.value('CAST(12345 AS nvarchar(3))'))).toBe(8115);
  });
});

describe('CONVERT from a string', () => {
  it.each([
    ["CAST('x' AS int)", 245],
    ["CAST('1.5' AS int)", 245],
    ["CAST('x' AS decimal(5, 2))", 8114],
    ["CAST('12345' AS decimal(4, 1))", 8115],
    ["CAST('x' AS float)", 8114],
    ["CAST('2026-02-30' AS datetime2)", 241],
    ["CAST('x' AS uniqueidentifier)", 8169],
    ["CONVERT(varbinary(10), '0x0g', 1)", 8114],
    ['CAST(300 AS tinyint)', 220],
    ['CAST(3000000000 AS int)', 8115],
  ])('%s fails with %i', async (expression, number) => {
    expect(await errorNumber(server.value(expression))).toBe(number);
  });

  it.each([
    ["CAST('' AS int)", 0],
    ["CAST(' 12 ' AS int)", 12],
    ["CONVERT(varchar(20), CAST('1.239' AS decimal(5, 2)))", '1.24'],
    ["CONVERT(varchar(33), CAST('2026-03-01' AS datetime2(0)), 126)", '2026-03-01T00:00:00'],
    ["TRY_CAST('x' AS int)", null],
    ["TRY_CONVERT(decimal(5, 1), N'2.25')", 2.3],
    ["CONVERT(varchar(5), CONVERT(varbinary(4), '0x414243', 1))", 'ABC'],
  ])('%s is %s', async (expression, expected) => {
    expect(await server.value(expression)).toBe(expected);
  });
});

describe('CONVERT between numbers and bytes', () => {
  it.each([
    ['CAST(2.9 AS int)', 2],
    ['CAST(-2.9 AS int)', -2],
    ['CAST(CAST(2.5 AS money) AS int)', 3],
    ['CAST(CAST(2.9 AS float) AS int)', 2],
    ['CONVERT(varchar(20), CAST(2.345 AS decimal(5, 2)))', '2.35'],
    ['CONVERT(varchar(20), CONVERT(varbinary(8), CONVERT(bigint, 258)), 2)', '0000000000000102'],
    ['CONVERT(varchar(20), CONVERT(binary(8), CONVERT(float, 1.5)), 2)', '3FF8000000000000'],
    ['CONVERT(varchar(20), CONVERT(bigint, 0x010203040506))', '1108152157446'],
    ["CONVERT(varchar(20), CONVERT(varbinary(10), N'ab'), 2)", '61006200'],
    ["CONVERT(varchar(20), CONVERT(varbinary(10), 'ab'), 2)", '6162'],
    [
      "CONVERT(varchar(40), CONVERT(varbinary(16), CAST('6F9619FF-8B86-D011-B42D-00C04FC964FF' AS uniqueidentifier)), 2)",
      'FF19966F868B11D0B42D00C04FC964FF',
    ],
  ])('%s is %s', async (expression, expected) => {
    expect(await server.value(expression)).toBe(expected);
  });
});

describe('rounding of time', () => {
  it.each([
    [
      "CONVERT(varchar(33), CAST('2026-12-31T23:59:59.9999999' AS datetime2(3)), 126)",
      '2027-01-01T00:00:00',
    ],
    [
      "CONVERT(varchar(33), CAST('2026-01-01T00:00:00.005' AS datetime), 121)",
      '2026-01-01 00:00:00.007',
    ],
    [
      "CONVERT(varchar(33), CAST('2026-01-01T00:00:30' AS smalldatetime), 120)",
      '2026-01-01 00:01:00',
    ],
  ])('%s is %s', async (expression, expected) => {
    expect(await server.value(expression)).toBe(expected);
  });
});
