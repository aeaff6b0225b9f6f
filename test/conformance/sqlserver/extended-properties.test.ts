/**
 * In Microsoft's documentation: "sp_addextendedproperty (Transact-SQL)", "sp_dropextendedproperty
 * (Transact-SQL)", "sys.extended_properties (Transact-SQL)"; the numbers of errors: "Database engine
 * events and errors".
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { errorNumber, probe } from './probe.js';

const server = probe('properties');
const sql = (batch: string) => server.database().sql(batch);

beforeAll(async () => {
  await sql(`
CREATE TABLE dbo.t (id int NOT NULL CONSTRAINT t_pk PRIMARY KEY, n int NULL,
  CONSTRAINT t_ck CHECK (n > 0))
CREATE INDEX t_n ON dbo.t (n)`);
});

const OF_TABLE = `@level0type = N'SCHEMA', @level0name = N'dbo',
  @level1type = N'TABLE', @level1name = N't'`;

describe('an extended property', () => {
  it('is there once by its name (15233), and no more once it was dropped (15217)', async () => {
    const add = () => sql(`EXEC sys.sp_addextendedproperty @name = N'who', @value = N'me'`);
    const drop = () => sql(`EXEC sys.sp_dropextendedproperty @name = N'who'`);
    await add();
    expect(await errorNumber(add())).toBe(15_233);
    await drop();
    expect(await errorNumber(drop())).toBe(15_217);
    expect(await sql(`SELECT name FROM sys.extended_properties WHERE class = 0`)).toEqual([]);
  });

  it('keeps the type of its value', async () => {
    await sql(`DECLARE @value sql_variant = CONVERT(decimal(5, 2), N'1.50')
EXEC sys.sp_addextendedproperty @name = N'size', @value = @value, ${OF_TABLE}`);
    const [row] = await sql(`
SELECT CONVERT(nvarchar(20), SQL_VARIANT_PROPERTY(value, 'BaseType')) AS base,
  CONVERT(nvarchar(20), value) AS v
  FROM sys.extended_properties WHERE class = 1 AND major_id = OBJECT_ID(N'dbo.t')`);
    expect(row).toEqual({ base: 'decimal', v: '1.50' });
  });

  it('of an index has class 7 and its number, of a constraint class 1 and that of the constraint', async () => {
    for (const [type, name] of [
      ['INDEX', 't_n'],
      ['CONSTRAINT', 't_ck'],
    ] as const) {
      await sql(`EXEC sys.sp_addextendedproperty @name = N'part', @value = N'${name}', ${OF_TABLE},
  @level2type = N'${type}', @level2name = N'${name}'`);
    }
    const rows = await sql(`
SELECT p.class, COALESCE(i.name, o.name) AS name FROM sys.extended_properties AS p
  LEFT JOIN sys.indexes AS i
    ON p.class = 7 AND i.object_id = p.major_id AND i.index_id = p.minor_id
  LEFT JOIN sys.objects AS o ON p.class = 1 AND o.object_id = p.major_id
 WHERE p.name = N'part' ORDER BY p.class`);
    expect(rows).toEqual([
      { class: 1, name: 't_ck' },
      { class: 7, name: 't_n' },
    ]);
  });

  it('is refused of what is not there (15135)', async () => {
    const add = sql(`EXEC sys.sp_addextendedproperty @name = N'part', @value = N'x', ${OF_TABLE},
  @level2type = N'COLUMN', @level2name = N'none'`);
    expect(await errorNumber(add)).toBe(15_135);
  });

  it('asks for a name (201) and takes no other parameters (8145)', async () => {
    expect(await errorNumber(sql('EXEC sys.sp_dropextendedproperty'))).toBe(201);
    const more = sql(`EXEC sys.sp_dropextendedproperty @name = N'who', @none = N'x'`);
    expect(await errorNumber(more)).toBe(8145);
  });
});
