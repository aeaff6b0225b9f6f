import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestMsDatabase, TestMsServer } from '../../../support/sqlserver/server.js';
import { openSqlServer } from '../../../support/sqlserver/server.js';

let server: TestMsServer;
let db: TestMsDatabase;

beforeAll(async () => {
  server = await openSqlServer();
  db = await server.createDatabase('tables');
});
afterAll(async () => server.close());

const number = (n: number) => expect.objectContaining({ number: n }) as Error;

describe('a table', () => {
  it('shows in the catalog what it was made with', async () => {
    await db.sql(`
      CREATE TYPE dbo.Phone FROM nvarchar(20) NOT NULL
      GO
      CREATE TABLE dbo.People (
        id int IDENTITY(10, 5) NOT NULL CONSTRAINT pk_people PRIMARY KEY,
        name nvarchar(50) COLLATE Latin1_General_BIN2 NULL,
        phone dbo.Phone,
        born datetime2(3) NOT NULL CONSTRAINT df_born DEFAULT SYSUTCDATETIME(),
        doubled AS (id * 2) PERSISTED,
        CONSTRAINT ck_name CHECK (name <> N'' AND id > 0),
        CONSTRAINT uq_name UNIQUE (name)
      )`);
    const columns = await db.sql(`
      SELECT c.name, t.name AS type, s.name AS base, c.max_length, c.scale, c.is_nullable, c.is_identity, c.is_computed,
        c.collation_name, d.definition, k.definition AS computed, CONVERT(varchar(20), i.seed_value) AS seed
      FROM sys.columns AS c
      JOIN sys.types AS t ON t.user_type_id = c.user_type_id
      LEFT JOIN sys.types AS s ON s.user_type_id = c.system_type_id
      LEFT JOIN sys.default_constraints AS d ON d.object_id = c.default_object_id
      LEFT JOIN sys.computed_columns AS k ON k.object_id = c.object_id AND k.column_id = c.column_id
      LEFT JOIN sys.identity_columns AS i ON i.object_id = c.object_id AND i.column_id = c.column_id
      WHERE c.object_id = OBJECT_ID(N'[dbo].[people]') ORDER BY c.column_id`);
    expect(columns).toMatchObject([
      { name: 'id', type: 'int', is_nullable: false, is_identity: true, seed: '10' },
      { name: 'name', type: 'nvarchar', max_length: 100, collation_name: 'Latin1_General_BIN2' },
      { name: 'phone', type: 'Phone', base: 'nvarchar', max_length: 40, is_nullable: false },
      { name: 'born', type: 'datetime2', scale: 3, definition: '(sysutcdatetime())' },
      { name: 'doubled', is_computed: true, computed: '([id]*(2))' },
    ]);
    const checks = await db.sql(
      'SELECT name, definition, is_not_trusted FROM sys.check_constraints',
    );
    expect(checks).toEqual([
      { name: 'ck_name', definition: "([name]<>N'' AND [id]>(0))", is_not_trusted: false },
    ]);
  });

  it('enforces its keys, checks and NOT NULLs', async () => {
    await db.sql(`CREATE TABLE Strict (a int NOT NULL PRIMARY KEY, b int NULL UNIQUE, c int CHECK (c > 0))
      INSERT INTO Strict VALUES (1, NULL, 1)`);
    await expect(db.sql('INSERT INTO Strict VALUES (1, 2, 1)')).rejects.toThrow(number(2627));
    await expect(db.sql('INSERT INTO Strict VALUES (2, NULL, 1)')).rejects.toThrow(number(2627));
    await expect(db.sql('INSERT INTO Strict VALUES (3, 3, 0)')).rejects.toThrow(number(547));
    await expect(db.sql('INSERT INTO Strict VALUES (NULL, 4, 1)')).rejects.toThrow(number(515));
  });

  it('has keys that are checked at the end of a statement', async () => {
    const rows = await db.sql(`CREATE TABLE Shifted (a int NOT NULL PRIMARY KEY)
      INSERT INTO Shifted VALUES (1), (2), (3)
      UPDATE Shifted SET a = a + 1
      SELECT a FROM Shifted ORDER BY a`);
    expect(rows).toEqual([{ a: 2 }, { a: 3 }, { a: 4 }]);
  });

  it('refers to others, cascades, and stops when a foreign key is switched off', async () => {
    await db.sql(`
      CREATE TABLE Parent (id int NOT NULL PRIMARY KEY, boss int NULL REFERENCES Parent (id))
      CREATE TABLE Child (id int NOT NULL PRIMARY KEY,
        parent int NOT NULL CONSTRAINT fk_child FOREIGN KEY REFERENCES Parent (id) ON DELETE CASCADE)
      INSERT INTO Parent VALUES (1, NULL), (2, 1)
      INSERT INTO Child VALUES (1, 2)`);
    await expect(db.sql('INSERT INTO Child VALUES (2, 9)')).rejects.toThrow(number(547));
    await expect(db.sql('TRUNCATE TABLE Parent')).rejects.toThrow(number(4712));
    await expect(db.sql('DROP TABLE Parent')).rejects.toThrow(number(3726));
    await db.sql('DELETE FROM Parent WHERE id = 2');
    expect(await db.sql('SELECT * FROM Child')).toEqual([]);
    await db.sql('ALTER TABLE Child NOCHECK CONSTRAINT ALL INSERT INTO Child VALUES (3, 9)');
    await expect(db.sql('ALTER TABLE Child WITH CHECK CHECK CONSTRAINT fk_child')).rejects.toThrow(
      number(547),
    );
    await db.sql('ALTER TABLE Child CHECK CONSTRAINT fk_child');
    expect(
      await db.sql(`SELECT f.name, f.is_disabled, f.is_not_trusted, f.delete_referential_action_desc AS onDelete,
        COL_NAME(k.parent_object_id, k.parent_column_id) AS col, OBJECT_NAME(f.referenced_object_id) AS parent
        FROM sys.foreign_keys AS f JOIN sys.foreign_key_columns AS k ON k.constraint_object_id = f.object_id
        WHERE f.parent_object_id = OBJECT_ID('Child')`),
    ).toEqual([
      {
        name: 'fk_child',
        is_disabled: false,
        is_not_trusted: true,
        onDelete: 'CASCADE',
        col: 'parent',
        parent: 'Parent',
      },
    ]);
  });

  it('changes its columns', async () => {
    await db.sql(`CREATE TABLE Changing (a int NOT NULL, b varchar(10) NULL)
      INSERT INTO Changing VALUES (1, 'abcdef')`);
    await expect(db.sql('ALTER TABLE Changing ADD c int NOT NULL')).rejects.toThrow(number(4901));
    await db.sql(`ALTER TABLE Changing ADD c int NOT NULL CONSTRAINT df_c DEFAULT 7, d int NULL DEFAULT 8
      ALTER TABLE Changing ALTER COLUMN a bigint NOT NULL`);
    expect(await db.sql('SELECT a, c, d FROM Changing')).toEqual([{ a: '1', c: 7, d: null }]);
    await expect(db.sql('ALTER TABLE Changing ALTER COLUMN b varchar(3)')).rejects.toThrow(
      number(2628),
    );
    await expect(db.sql('ALTER TABLE Changing DROP COLUMN c')).rejects.toThrow(number(4922));
    await db.sql('ALTER TABLE Changing DROP CONSTRAINT df_c, COLUMN c');
    expect(
      await db.sql("SELECT name FROM sys.columns WHERE object_id = OBJECT_ID('Changing')"),
    ).toHaveLength(3);
  });

  it('keeps odd names', async () => {
    const name = `a]b.'c"${'🦥'.repeat(3)}`;
    const quoted = `[${name.replaceAll(']', ']]')}]`;
    await db.sql(`CREATE TABLE ${quoted} ([x.y] int, [${'n'.repeat(128)}] int)`);
    const literal = `N'${quoted.replaceAll("'", "''")}'`;
    expect(await db.sql(`SELECT OBJECT_NAME(OBJECT_ID(${literal})) AS name`)).toEqual([{ name }]);
    expect(await db.sql(`SELECT * FROM ${quoted}`)).toEqual([]);
  });

  it('has indexes of all kinds', async () => {
    await db.sql(`CREATE TABLE Indexed (a int NOT NULL, b int NULL, c nvarchar(20) NULL)
      CREATE UNIQUE INDEX ix_b ON Indexed (b DESC) INCLUDE (c) WHERE b IS NOT NULL WITH (FILLFACTOR = 80)
      CREATE CLUSTERED INDEX ix_a ON Indexed (a) WITH (DATA_COMPRESSION = PAGE)
      CREATE NONCLUSTERED COLUMNSTORE INDEX ix_c ON Indexed (c)
      ALTER INDEX ix_b ON Indexed DISABLE
      ALTER INDEX ix_b ON Indexed REBUILD`);
    const rows =
      await db.sql(`SELECT i.index_id, i.name, i.type_desc, i.is_unique, i.filter_definition, i.fill_factor, p.data_compression_desc AS compression
      FROM sys.indexes AS i JOIN sys.partitions AS p ON p.object_id = i.object_id AND p.index_id = i.index_id
      WHERE i.object_id = OBJECT_ID('Indexed') ORDER BY i.index_id`);
    expect(rows).toMatchObject([
      { index_id: 1, name: 'ix_a', type_desc: 'CLUSTERED', compression: 'PAGE' },
      {
        name: 'ix_b',
        type_desc: 'NONCLUSTERED',
        is_unique: true,
        filter_definition: '([b] IS NOT NULL)',
        fill_factor: 80,
      },
      { name: 'ix_c', type_desc: 'NONCLUSTERED COLUMNSTORE', compression: 'COLUMNSTORE' },
    ]);
    await db.sql('INSERT INTO Indexed VALUES (1, NULL, NULL), (2, NULL, NULL), (3, 3, NULL)');
    await expect(db.sql('INSERT INTO Indexed VALUES (4, 3, NULL)')).rejects.toThrow(number(2601));
    await expect(db.sql('CREATE UNIQUE INDEX ix_n ON Indexed (b)')).rejects.toThrow(number(1505));
  });

  it('takes extended properties and new names', async () => {
    await db.sql(`CREATE TABLE Named (a int)
      EXEC sys.sp_addextendedproperty @name = N'MS_Description', @value = N'what', @level0type = N'SCHEMA', @level0name = N'dbo',
        @level1type = N'TABLE', @level1name = N'Named', @level2type = N'COLUMN', @level2name = N'a'
      EXEC sp_rename N'dbo.Named.a', N'b', N'COLUMN'
      EXEC sp_rename N'dbo.Named', N'Renamed'`);
    const rows =
      await db.sql(`SELECT c.name, CONVERT(nvarchar(100), p.value) AS value FROM sys.extended_properties AS p
      JOIN sys.columns AS c ON c.object_id = p.major_id AND c.column_id = p.minor_id
      WHERE p.class = 1 AND p.major_id = OBJECT_ID('dbo.Renamed')`);
    expect(rows).toEqual([{ name: 'b', value: 'what' }]);
  });
});
