/**
 * What the columns of the catalogue say, as Sluice's queries take them (src/engines/sqlserver, folders
 * `sql`). Each case names the page of Microsoft's documentation that says so: a view's is called as
 * in "sys.columns (Transact-SQL)".
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { probe } from './probe.js';

const server = probe('catalogue meaning');
const sql = (batch: string) => server.database().sql(batch);

beforeAll(async () => {
  await sql(`
CREATE TYPE dbo.code FROM nvarchar(20) NOT NULL
GO
CREATE SEQUENCE dbo.numbers AS bigint START WITH 10 INCREMENT BY 5
GO
CREATE TABLE dbo.parent (
  id int IDENTITY(7, 3) NOT NULL CONSTRAINT parent_pk PRIMARY KEY CLUSTERED, code dbo.code,
  big nvarchar(max) NULL, price decimal(10, 2) NOT NULL CONSTRAINT price_df DEFAULT (0),
  twice AS (price * 2), place geography NULL,
  secret int MASKED WITH (FUNCTION = 'default()') NULL, CONSTRAINT price_ck CHECK (price >= 0))
GO
CREATE TABLE dbo.child (
  id int NOT NULL CONSTRAINT child_pk PRIMARY KEY NONCLUSTERED, p int NULL, v int NULL,
  CONSTRAINT child_fk FOREIGN KEY (p) REFERENCES dbo.parent (id) ON DELETE CASCADE ON UPDATE SET NULL)
GO
CREATE INDEX child_p ON dbo.child (p DESC) INCLUDE (v) WHERE p IS NOT NULL
GO
CREATE VIEW dbo.cheap AS SELECT id, price FROM dbo.parent WHERE price < 10
GO
CREATE TRIGGER dbo.note ON dbo.parent AFTER INSERT AS SET NOCOUNT ON
GO
CREATE PARTITION FUNCTION by_day (int) AS RANGE RIGHT FOR VALUES (10, 20)
GO
CREATE PARTITION SCHEME by_day AS PARTITION by_day ALL TO ([PRIMARY])
GO
CREATE TABLE dbo.days (day int NOT NULL, id int NOT NULL, v int NULL,
  CONSTRAINT days_pk PRIMARY KEY CLUSTERED (day, id)) ON by_day (day)
GO
CREATE INDEX days_v ON dbo.days (v) ON by_day (day)
GO
INSERT INTO dbo.days (day, id) VALUES (5, 1), (10, 1), (15, 1)`);
});

const OF = (table: string) => `object_id = OBJECT_ID(N'dbo.${table}')`;

describe('sys.columns and sys.types', () => {
  it('count max_length in bytes, and -1 for (max)', async () => {
    expect(
      await sql(`SELECT name, max_length, [precision], scale FROM sys.columns
 WHERE ${OF('parent')} AND name IN (N'code', N'big', N'price') ORDER BY name`),
    ).toEqual([
      { name: 'big', max_length: -1, precision: 0, scale: 0 },
      { name: 'code', max_length: 40, precision: 0, scale: 0 },
      { name: 'price', max_length: 9, precision: 10, scale: 2 },
    ]);
  });

  it('lead from an alias to the type below it, and from a CLR type of the server to none', async () => {
    expect(
      await sql(`SELECT c.name, y.name AS own, b.name AS base, y.is_user_defined, y.is_assembly_type
  FROM sys.columns AS c
  JOIN sys.types AS y ON y.user_type_id = c.user_type_id
  LEFT JOIN sys.types AS b ON b.user_type_id = c.system_type_id
 WHERE c.${OF('parent')} AND c.name IN (N'code', N'place', N'id') ORDER BY c.name`),
    ).toEqual([
      {
        name: 'code',
        own: 'code',
        base: 'nvarchar',
        is_user_defined: true,
        is_assembly_type: false,
      },
      { name: 'id', own: 'int', base: 'int', is_user_defined: false, is_assembly_type: false },
      {
        ...{ name: 'place', own: 'geography', base: null },
        ...{ is_user_defined: false, is_assembly_type: true },
      },
    ]);
  });

  it('say what is computed, masked, encrypted and generated', async () => {
    expect(
      await sql(`SELECT name, is_computed, is_masked, encryption_type, generated_always_type
  FROM sys.columns WHERE ${OF('parent')} AND name IN (N'twice', N'secret') ORDER BY name`),
    ).toEqual([
      {
        ...{ name: 'secret', is_computed: false, is_masked: true },
        ...{ encryption_type: null, generated_always_type: 0 },
      },
      {
        ...{ name: 'twice', is_computed: true, is_masked: false },
        ...{ encryption_type: null, generated_always_type: 0 },
      },
    ]);
  });
});

describe('sys.tables', () => {
  it('tells a system-versioned table (2) from its history (1) and from others (0)', async () => {
    await sql(`CREATE TABLE dbo.prices (id int NOT NULL PRIMARY KEY,
  since datetime2 GENERATED ALWAYS AS ROW START NOT NULL,
  until datetime2 GENERATED ALWAYS AS ROW END HIDDEN NOT NULL,
  PERIOD FOR SYSTEM_TIME (since, until)) WITH (SYSTEM_VERSIONING = ON)`);
    expect(
      await sql(`SELECT t.temporal_type AS own, h.temporal_type AS history FROM sys.tables AS t
  JOIN sys.tables AS h ON h.object_id = t.history_table_id WHERE t.${OF('prices')}`),
    ).toEqual([{ own: 2, history: 1 }]);
    expect(await sql(`SELECT temporal_type FROM sys.tables WHERE ${OF('parent')}`)).toEqual([
      { temporal_type: 0 },
    ]);
    expect(
      await sql(`SELECT name, generated_always_type, is_hidden FROM sys.columns
 WHERE ${OF('prices')} AND generated_always_type > 0 ORDER BY column_id`),
    ).toEqual([
      { name: 'since', generated_always_type: 1, is_hidden: false },
      { name: 'until', generated_always_type: 2, is_hidden: true },
    ]);
  });
});

describe('sys.identity_columns', () => {
  it('has no last_value before the first row, then the last one given, as sql_variant', async () => {
    const last = `SELECT CONVERT(nvarchar(40), seed_value) AS seed,
  CONVERT(nvarchar(40), increment_value) AS step, CONVERT(nvarchar(40), last_value) AS last
  FROM sys.identity_columns WHERE ${OF('parent')}`;
    expect(await sql(last)).toEqual([{ seed: '7', step: '3', last: null }]);
    await sql(`INSERT INTO dbo.parent (code) VALUES (N'a'), (N'b')`);
    expect(await sql(last)).toEqual([{ seed: '7', step: '3', last: '10' }]);
  });
});

describe('constraints', () => {
  it('have definitions in brackets (sys.default_constraints, sys.check_constraints)', async () => {
    const [{ definition: given } = {}] = await sql(
      `SELECT definition FROM sys.default_constraints WHERE name = N'price_df'`,
    );
    expect(given).toBe('((0))');
    expect(
      await sql(`SELECT definition, is_disabled, is_not_trusted FROM sys.check_constraints
 WHERE name = N'price_ck'`),
    ).toEqual([{ definition: '([price]>=(0))', is_disabled: false, is_not_trusted: false }]);
  });

  it('have actions by number, and are not trusted once disabled (sys.foreign_keys)', async () => {
    const key = `SELECT is_disabled, is_not_trusted, delete_referential_action AS d,
  update_referential_action AS u FROM sys.foreign_keys WHERE name = N'child_fk'`;
    const enabled = { is_disabled: false, is_not_trusted: false, d: 1, u: 2 };
    expect(await sql(key)).toEqual([enabled]);
    await sql('ALTER TABLE dbo.child NOCHECK CONSTRAINT child_fk');
    expect(await sql(key)).toEqual([{ ...enabled, is_disabled: true, is_not_trusted: true }]);
    await sql('ALTER TABLE dbo.child CHECK CONSTRAINT child_fk');
    expect(await sql(key)).toEqual([{ ...enabled, is_not_trusted: true }]);
  });
});

describe('sys.indexes and sys.index_columns', () => {
  it('have a heap as index 0 without a name, and the filter as text', async () => {
    expect(
      await sql(`SELECT index_id, name, type, is_unique, is_primary_key, has_filter, filter_definition
  FROM sys.indexes WHERE ${OF('child')} ORDER BY index_id`),
    ).toMatchObject([
      { index_id: 0, name: null, type: 0 },
      { index_id: 2, name: 'child_pk', type: 2, is_unique: true, is_primary_key: true },
      { index_id: 3, has_filter: true, filter_definition: '([p] IS NOT NULL)' },
    ]);
  });

  it('tell key columns from included ones and from the one that only divides', async () => {
    const columns = (index: string) =>
      sql(`SELECT c.name, x.key_ordinal AS k, x.partition_ordinal AS p,
  x.is_descending_key AS d, x.is_included_column AS i
  FROM sys.index_columns AS x
  JOIN sys.indexes AS n ON n.object_id = x.object_id AND n.index_id = x.index_id
  JOIN sys.columns AS c ON c.object_id = x.object_id AND c.column_id = x.column_id
 WHERE n.name = N'${index}' ORDER BY x.key_ordinal DESC, c.name`);
    expect(await columns('child_p')).toEqual([
      { name: 'p', k: 1, p: 0, d: true, i: false },
      { name: 'v', k: 0, p: 0, d: false, i: true },
    ]);
    expect(await columns('days_v')).toEqual([
      { name: 'v', k: 1, p: 0, d: false, i: false },
      { name: 'day', k: 0, p: 1, d: false, i: false },
    ]);
  });
});

describe('partitions', () => {
  it('are numbered from 1 in the order of the boundaries (sys.partitions)', async () => {
    const rows = await sql(`SELECT p.partition_number AS n, p.rows FROM sys.partitions AS p
 WHERE p.${OF('days')} AND p.index_id = 1 ORDER BY p.partition_number`);
    expect(rows.map(({ n, rows: count }) => [n, Number(count)])).toEqual([
      [1, 1],
      [2, 2],
      [3, 0],
    ]);
  });

  it('have one boundary less than their number, and a filegroup each (sys.partition_functions)', async () => {
    expect(
      await sql(`SELECT f.fanout, f.boundary_value_on_right AS onRight, COUNT(*) AS boundaries,
  MIN(v.boundary_id) AS low, MIN(CONVERT(int, v.value)) AS first
  FROM sys.partition_functions AS f
  JOIN sys.partition_range_values AS v ON v.function_id = f.function_id
 WHERE f.name = N'by_day' GROUP BY f.fanout, f.boundary_value_on_right`),
    ).toEqual([{ fanout: 3, onRight: true, boundaries: 2, low: 1, first: 10 }]);
    expect(
      await sql(`SELECT d.destination_id AS n, g.name FROM sys.partition_schemes AS s
  JOIN sys.partition_functions AS f ON f.function_id = s.function_id
  JOIN sys.destination_data_spaces AS d
    ON d.partition_scheme_id = s.data_space_id AND d.destination_id <= f.fanout
  JOIN sys.filegroups AS g ON g.data_space_id = d.data_space_id
 WHERE s.name = N'by_day' ORDER BY d.destination_id`),
    ).toEqual([1, 2, 3].map((n) => ({ n, name: 'PRIMARY' })));
  });
});

describe('other objects', () => {
  it('are found by what they use (sys.sql_expression_dependencies), with their text', async () => {
    expect(
      await sql(`SELECT RTRIM(o.type) AS kind, d.referencing_class AS c, d.referenced_class AS r,
  CASE WHEN m.definition LIKE N'%CREATE VIEW dbo.cheap AS%' THEN 1 ELSE 0 END AS own
  FROM sys.sql_expression_dependencies AS d
  JOIN sys.objects AS o ON o.object_id = d.referencing_id
  JOIN sys.sql_modules AS m ON m.object_id = o.object_id
 WHERE d.referenced_id = OBJECT_ID(N'dbo.parent') AND o.type = 'V'`),
    ).toEqual([{ kind: 'V', c: 1, r: 1, own: 1 }]);
  });

  it('belong to a table: triggers (sys.triggers)', async () => {
    const trigger = `SELECT is_disabled, is_instead_of_trigger FROM sys.triggers
 WHERE parent_id = OBJECT_ID(N'dbo.parent')`;
    expect(await sql(trigger)).toEqual([{ is_disabled: false, is_instead_of_trigger: false }]);
    await sql('DISABLE TRIGGER dbo.note ON dbo.parent');
    expect(await sql(trigger)).toEqual([{ is_disabled: true, is_instead_of_trigger: false }]);
  });

  it('count: the value of a sequence before its first use is its start (sys.sequences)', async () => {
    const value = `SELECT CONVERT(nvarchar(40), current_value) AS v FROM sys.sequences
 WHERE name = N'numbers'`;
    expect(await sql(value)).toEqual([{ v: '10' }]);
    await sql('SELECT NEXT VALUE FOR dbo.numbers AS n; SELECT NEXT VALUE FOR dbo.numbers AS n');
    expect(await sql(value)).toEqual([{ v: '15' }]);
  });

  it('count: a sequence goes on from where RESTART WITH sets it (ALTER SEQUENCE)', async () => {
    await sql('ALTER SEQUENCE dbo.numbers RESTART WITH 100');
    expect(await sql('SELECT NEXT VALUE FOR dbo.numbers AS n')).toEqual([{ n: '100' }]);
  });

  it('are described: the table by minor_id 0, a column by its number (sys.extended_properties)', async () => {
    await sql(`
EXEC sys.sp_addextendedproperty @name = N'a', @value = N'of the table', @level0type = N'SCHEMA',
  @level0name = N'dbo', @level1type = N'TABLE', @level1name = N'parent'
GO
EXEC sys.sp_addextendedproperty @name = N'a', @value = N'of code', @level0type = N'SCHEMA',
  @level0name = N'dbo', @level1type = N'TABLE', @level1name = N'parent',
  @level2type = N'COLUMN', @level2name = N'code'
GO
EXEC sys.sp_addextendedproperty @name = N'a', @value = N'of the database'`);
    expect(
      await sql(`SELECT class, minor_id, CONVERT(nvarchar(40), value) AS v FROM sys.extended_properties
 WHERE name = N'a' AND major_id IN (0, OBJECT_ID(N'dbo.parent')) ORDER BY class, minor_id`),
    ).toEqual([
      { class: 0, minor_id: 0, v: 'of the database' },
      { class: 1, minor_id: 0, v: 'of the table' },
      { class: 1, minor_id: 2, v: 'of code' },
    ]);
  });

  it('are granted by class 1 and their number (sys.database_permissions)', async () => {
    await sql('CREATE USER reader WITHOUT LOGIN; GRANT SELECT ON dbo.parent TO reader');
    const [granted] = await sql(`SELECT COUNT(*) AS n FROM sys.database_permissions
 WHERE class = 1 AND major_id = OBJECT_ID(N'dbo.parent')`);
    expect(granted).toEqual({ n: 1 });
  });

  it('hide rows: policies, by the tables that they filter (sys.security_predicates)', async () => {
    await sql(`
CREATE TABLE dbo.owned (id int NOT NULL PRIMARY KEY)
GO
CREATE FUNCTION dbo.is_mine (@id int) RETURNS TABLE WITH SCHEMABINDING
AS RETURN SELECT 1 AS ok WHERE @id = 1
GO
CREATE SECURITY POLICY dbo.only_mine ADD FILTER PREDICATE dbo.is_mine(id) ON dbo.owned
 WITH (STATE = ON)`);
    expect(
      await sql(`SELECT p.is_enabled, f.predicate_type FROM sys.security_policies AS p
  JOIN sys.security_predicates AS f ON f.object_id = p.object_id
 WHERE f.target_object_id = OBJECT_ID(N'dbo.owned')`),
    ).toEqual([{ is_enabled: true, predicate_type: 0 }]);
  });

  it('are of users where schema_id is below 16384 (sys.schemas), but for four', async () => {
    const schemas = await sql(`SELECT name FROM sys.schemas WHERE schema_id < 16384 ORDER BY name`);
    expect(schemas.map(({ name }) => String(name))).toEqual([
      'dbo',
      'guest',
      'INFORMATION_SCHEMA',
      'sys',
    ]);
  });
});

describe('the switches of a database', () => {
  it('are off (0), then on (1) (sys.databases)', async () => {
    const state = `SELECT snapshot_isolation_state AS s FROM sys.databases WHERE name = DB_NAME()`;
    await sql('ALTER DATABASE CURRENT SET ALLOW_SNAPSHOT_ISOLATION OFF');
    expect(await sql(state)).toEqual([{ s: 0 }]);
    await sql('ALTER DATABASE CURRENT SET ALLOW_SNAPSHOT_ISOLATION ON');
    expect(await sql(state)).toEqual([{ s: 1 }]);
  });

  it('keep changes for so many minutes (1), hours (2) or days (3) (sys.change_tracking_databases)', async () => {
    const kept = `SELECT retention_period AS n, retention_period_units AS u, is_auto_cleanup_on AS c
  FROM sys.change_tracking_databases WHERE database_id = DB_ID()`;
    expect(await sql(kept)).toEqual([]);
    await sql('ALTER DATABASE CURRENT SET CHANGE_TRACKING = ON (CHANGE_RETENTION = 2 DAYS)');
    expect(await sql(kept)).toEqual([{ n: 2, u: 3, c: true }]);
    await sql('ALTER DATABASE CURRENT SET CHANGE_TRACKING (CHANGE_RETENTION = 5 HOURS)');
    expect(await sql(kept)).toEqual([{ n: 5, u: 2, c: true }]);
  });
});
