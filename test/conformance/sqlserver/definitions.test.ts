/**
 * What happens to a table whose definition changes. In Microsoft's documentation: "ALTER SCHEMA
 * (Transact-SQL)"; "ALTER TABLE (Transact-SQL)", WITH CHECK, and "sys.foreign_keys (Transact-SQL)",
 * is_not_trusted.
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
