/**
 * What happens to a table whose definition changes. In Microsoft's documentation: "ALTER SCHEMA
 * (Transact-SQL)"; "ALTER TABLE (Transact-SQL)", WITH CHECK, and "sys.foreign_keys (Transact-SQL)",
 * is_not_trusted; "sys.default_constraints (Transact-SQL)", "CREATE VIEW (Transact-SQL)"; what stays
 * while something needs it, and the numbers of errors: "Database engine events and errors".
 */
import { describe, expect, it } from 'vitest';
import { errorNumber, probe } from './probe.js';

const server = probe('definitions');
const sql = (batch: string) => server.database().sql(batch);

describe('ALTER SCHEMA', () => {
  it('TRANSFER takes the rows, indexes and constraints of a table along', async () => {
    await sql(`
CREATE SCHEMA stage
GO
CREATE TABLE stage.orders (
  id int IDENTITY(1, 1) NOT NULL CONSTRAINT orders_pk PRIMARY KEY,
  n int NOT NULL CONSTRAINT orders_df DEFAULT (7), CONSTRAINT orders_ck CHECK (n > 0))
GO
CREATE UNIQUE INDEX orders_n ON stage.orders (n)
INSERT INTO stage.orders (n) VALUES (1), (2)`);
    const [before] = await sql("SELECT OBJECT_ID(N'stage.orders') AS id");
    await sql('ALTER SCHEMA dbo TRANSFER stage.orders');
    expect(await sql('SELECT id, n FROM dbo.orders ORDER BY id')).toEqual([
      { id: 1, n: 1 },
      { id: 2, n: 2 },
    ]);
    expect(await sql("SELECT OBJECT_ID(N'dbo.orders') AS id")).toEqual([before]);
    expect(
      await sql(`SELECT name, is_primary_key, is_unique FROM sys.indexes
 WHERE object_id = OBJECT_ID(N'dbo.orders') ORDER BY name`),
    ).toEqual([
      { name: 'orders_n', is_primary_key: false, is_unique: true },
      { name: 'orders_pk', is_primary_key: true, is_unique: true },
    ]);
    expect(
      await sql(`SELECT name, SCHEMA_NAME(schema_id) AS place FROM sys.objects
 WHERE parent_object_id = OBJECT_ID(N'dbo.orders') ORDER BY name`),
    ).toEqual(['orders_ck', 'orders_df', 'orders_pk'].map((name) => ({ name, place: 'dbo' })));
  });

  it('leaves the table as it was to write to', async () => {
    await sql('INSERT INTO dbo.orders DEFAULT VALUES');
    expect(await sql('SELECT id FROM dbo.orders WHERE n = 7')).toEqual([{ id: 3 }]);
    expect(await errorNumber(sql('INSERT INTO dbo.orders (n) VALUES (0)'))).toBe(547);
    expect(await errorNumber(sql('INSERT INTO dbo.orders (n) VALUES (1)'))).toBe(2601);
    expect(await errorNumber(sql('SELECT id FROM stage.orders'))).toBe(208);
  });
});

describe('a constraint that was disabled', () => {
  const state = () =>
    sql(`SELECT is_disabled AS disabled, is_not_trusted AS untrusted FROM sys.foreign_keys
 WHERE name = N'part_fk'`);

  it('WITH CHECK CHECK CONSTRAINT looks at every row, and is trusted again', async () => {
    await sql(`
CREATE TABLE dbo.whole (id int NOT NULL PRIMARY KEY)
CREATE TABLE dbo.part (id int NOT NULL PRIMARY KEY,
  w int NULL CONSTRAINT part_fk REFERENCES dbo.whole (id))
ALTER TABLE dbo.part NOCHECK CONSTRAINT part_fk
INSERT INTO dbo.part (id, w) VALUES (1, 9)`);
    expect(await state()).toEqual([{ disabled: true, untrusted: true }]);
    const prove = () => sql('ALTER TABLE dbo.part WITH CHECK CHECK CONSTRAINT part_fk');
    expect(await errorNumber(prove())).toBe(547);
    expect(await state()).toEqual([{ disabled: true, untrusted: true }]);
    await sql('DELETE FROM dbo.part WHERE id = 1');
    await prove();
    expect(await state()).toEqual([{ disabled: false, untrusted: false }]);
    expect(await errorNumber(sql('INSERT INTO dbo.part (id, w) VALUES (2, 9)'))).toBe(547);
  });

  it('CHECK CONSTRAINT alone looks at rows to come, and is not trusted', async () => {
    await sql(`
ALTER TABLE dbo.part NOCHECK CONSTRAINT part_fk
INSERT INTO dbo.part (id, w) VALUES (3, 9)
ALTER TABLE dbo.part CHECK CONSTRAINT part_fk`);
    expect(await state()).toEqual([{ disabled: false, untrusted: true }]);
    expect(await errorNumber(sql('INSERT INTO dbo.part (id, w) VALUES (4, 9)'))).toBe(547);
  });
});

describe('ALTER TABLE', () => {
  it('ADD gives the rows the default of a NOT NULL column, and is refused without one (4901)', async () => {
    await sql(`
CREATE TABLE dbo.grown (id int NOT NULL PRIMARY KEY, a varchar(10) NULL)
INSERT INTO dbo.grown (id, a) VALUES (1, 'x')`);
    expect(await errorNumber(sql('ALTER TABLE dbo.grown ADD b int NOT NULL'))).toBe(4901);
    await sql(`ALTER TABLE dbo.grown ADD b int NOT NULL CONSTRAINT grown_b DEFAULT (7),
  c int NULL CONSTRAINT grown_c DEFAULT (8)`);
    expect(await sql('SELECT b, c FROM dbo.grown')).toEqual([{ b: 7, c: null }]);
  });

  it('ALTER COLUMN … NULL takes NULL, and NOT NULL is refused where there is one (515)', async () => {
    const alter = (rest: string) => sql(`ALTER TABLE dbo.grown ALTER COLUMN a ${rest}`);
    const insert = () => sql('INSERT INTO dbo.grown (id, a) VALUES (2, NULL)');
    await alter('varchar(10) NOT NULL');
    expect(await errorNumber(insert())).toBe(515);
    await alter('varchar(10) NULL');
    await insert();
    expect(await errorNumber(alter('varchar(10) NOT NULL'))).toBe(515);
  });

  it('DROP COLUMN is refused while a default or an index needs the column (4922)', async () => {
    const drop = () => sql('ALTER TABLE dbo.grown DROP COLUMN b');
    await sql('CREATE INDEX grown_by_b ON dbo.grown (b)');
    expect(await errorNumber(drop())).toBe(4922);
    await sql('DROP INDEX grown_by_b ON dbo.grown');
    expect(await errorNumber(drop())).toBe(4922);
    await sql('ALTER TABLE dbo.grown DROP CONSTRAINT grown_b');
    await drop();
    expect(await errorNumber(sql('SELECT b FROM dbo.grown'))).toBe(207);
  });
});

describe('what something else needs', () => {
  it('is not dropped: a table by a foreign key (3726), by a bound view (3729), a type (3732)', async () => {
    expect(await errorNumber(sql('DROP TABLE dbo.whole'))).toBe(3726);
    await sql('CREATE VIEW dbo.bound WITH SCHEMABINDING AS SELECT id FROM dbo.part');
    expect(await errorNumber(sql('DROP TABLE dbo.part'))).toBe(3729);
    await sql('CREATE TYPE dbo.code FROM varchar(10)');
    await sql('CREATE TABLE dbo.coded (c dbo.code NULL)');
    expect(await errorNumber(sql('DROP TYPE dbo.code'))).toBe(3732);
    await sql('DROP TABLE dbo.coded; DROP TYPE dbo.code');
  });

  it('is not dropped: a schema by what is in it (3729)', async () => {
    await sql('CREATE TABLE stage.left_over (id int NOT NULL)');
    expect(await errorNumber(sql('DROP SCHEMA stage'))).toBe(3729);
    await sql('DROP TABLE stage.left_over; DROP SCHEMA stage');
  });
});

describe('a name', () => {
  it.each([
    ['CREATE TABLE dbo.whole (id int)', 2714],
    ['CREATE TABLE nowhere.t (id int)', 2760],
    ['CREATE DATABASE master', 1801],
    ['ALTER TABLE dbo.nothing ADD a int NULL', 4902],
    ['CREATE INDEX i ON dbo.nothing (a)', 1088],
    ['TRUNCATE TABLE dbo.nothing', 4701],
    ['DROP TABLE dbo.nothing', 3701],
  ])('in use, or of what is not there: %s fails with %i', async (batch, number) => {
    expect(await errorNumber(sql(batch))).toBe(number);
    expect(await errorNumber(sql('DROP TABLE IF EXISTS dbo.nothing'))).toBeUndefined();
  });

  it('that the server made up is told from a given one (is_system_named)', async () => {
    await sql(`CREATE TABLE dbo.named (id int NOT NULL PRIMARY KEY, a int NULL DEFAULT (1),
  b int NULL CONSTRAINT named_b DEFAULT (2))`);
    expect(
      await sql(`SELECT definition, is_system_named AS own FROM sys.default_constraints
 WHERE parent_object_id = OBJECT_ID(N'dbo.named') ORDER BY definition`),
    ).toEqual([
      { definition: '((1))', own: true },
      { definition: '((2))', own: false },
    ]);
  });
});

describe('CREATE OR ALTER', () => {
  it('of a view that is there changes it in place: with what was granted on it', async () => {
    const seen = `
SELECT OBJECT_ID(N'dbo.parts') AS id, COUNT(*) AS granted FROM sys.database_permissions
 WHERE class = 1 AND major_id = OBJECT_ID(N'dbo.parts')`;
    await sql('CREATE OR ALTER VIEW dbo.parts AS SELECT id FROM dbo.part');
    await sql('GRANT SELECT ON dbo.parts TO public');
    const before = await sql(seen);
    expect(before).toMatchObject([{ granted: 1 }]);
    await sql('CREATE OR ALTER VIEW dbo.parts AS SELECT id, w FROM dbo.part');
    expect(await sql(seen)).toEqual(before);
    expect(await sql('SELECT w FROM dbo.parts WHERE id = 3')).toEqual([{ w: 9 }]);
  });
});
