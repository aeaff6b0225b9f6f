import { describe, expect, it } from 'vitest';
import { parseBatch } from '../../../support/sqlserver/tsql/batch.js';

const only = (text: string) => {
  const statements = parseBatch(text);
  expect(statements).toHaveLength(1);
  return statements[0];
};

describe('definitions', () => {
  it.each([
    [
      `CREATE TABLE [dbo].[t] (
        [id] int IDENTITY(1,1) NOT FOR REPLICATION NOT NULL CONSTRAINT [pk] PRIMARY KEY CLUSTERED WITH (FILLFACTOR = 80) ON [ps]([d]),
        [d] date NOT NULL CONSTRAINT df DEFAULT (getdate()), [n] nvarchar(50) COLLATE Latin1_General_CI_AS SPARSE NULL,
        [g] uniqueidentifier ROWGUIDCOL DEFAULT NEWSEQUENTIALID() UNIQUE, [x] AS ([id] * 2) PERSISTED NOT NULL,
        p int REFERENCES dbo.p (id) ON DELETE CASCADE ON UPDATE SET NULL, timestamp, e varchar(50) MASKED WITH (FUNCTION = 'email()'),
        CONSTRAINT uq UNIQUE NONCLUSTERED (a ASC, b DESC), CHECK NOT FOR REPLICATION (a > 0),
        CONSTRAINT fk FOREIGN KEY (a, b) REFERENCES dbo.u (a, b), INDEX ix NONCLUSTERED (a) INCLUDE (b) WHERE a IS NOT NULL
      ) ON [ps]([d]) WITH (DATA_COMPRESSION = PAGE ON PARTITIONS (1 TO 3, 5))`,
      'createTable',
    ],
    [
      'CREATE UNIQUE CLUSTERED INDEX ix ON t (a, b DESC) INCLUDE (c) WHERE a > 1 WITH (DROP_EXISTING = ON) ON [ps](d)',
      'createIndex',
    ],
    ['CREATE CLUSTERED COLUMNSTORE INDEX ix ON t', 'createIndex'],
    ['ALTER INDEX ALL ON t REBUILD PARTITION = ALL WITH (DATA_COMPRESSION = ROW)', 'alterIndex'],
    ['DROP INDEX IF EXISTS ix ON dbo.t, iy ON dbo.u', 'dropIndex'],
    [
      'CREATE PARTITION FUNCTION pf (int) AS RANGE RIGHT FOR VALUES (20250206, 20250207)',
      'createPartitionFunction',
    ],
    ['ALTER PARTITION FUNCTION pf() SPLIT RANGE (20250208)', 'alterPartitionFunction'],
    ["ALTER PARTITION FUNCTION pf() MERGE RANGE (N'20250208')", 'alterPartitionFunction'],
    ['CREATE PARTITION SCHEME ps AS PARTITION pf ALL TO ([PRIMARY])', 'createPartitionScheme'],
    ['ALTER PARTITION SCHEME ps NEXT USED [PRIMARY]', 'alterPartitionScheme'],
    ['CREATE DATABASE [d] COLLATE Latin1_General_CI_AS', 'createDatabase'],
    [
      'ALTER DATABASE testct SET CHANGE_TRACKING = ON (CHANGE_RETENTION = 2 DAYS, AUTO_CLEANUP = ON)',
      'alterDatabase',
    ],
    ['ALTER DATABASE CURRENT SET ALLOW_SNAPSHOT_ISOLATION ON', 'alterDatabase'],
    ['ALTER DATABASE d SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE', 'alterDatabase'],
    ['CREATE SCHEMA s AUTHORIZATION dbo', 'createSchema'],
    ['ALTER SCHEMA s TRANSFER dbo.t', 'transferObject'],
    ['CREATE TYPE dbo.Phone FROM nvarchar(20) NOT NULL', 'createType'],
    [
      'CREATE SEQUENCE dbo.s AS bigint START WITH -5 INCREMENT BY 2 NO MINVALUE MAXVALUE 10 CYCLE CACHE 20',
      'createSequence',
    ],
    ['ALTER SEQUENCE dbo.s RESTART WITH 7', 'alterSequence'],
    ['CREATE SYNONYM s FOR db.dbo.t', 'createSynonym'],
    [
      'CREATE OR ALTER VIEW dbo.v (a) WITH SCHEMABINDING AS WITH c AS (SELECT 1 AS a) SELECT a FROM c',
      'module',
    ],
    [
      'CREATE PROC p @a int = 1, @b nvarchar(max) OUTPUT AS BEGIN SELECT @a; anything goes here END',
      'module',
    ],
    [
      'CREATE FUNCTION f (@a int) RETURNS int WITH SCHEMABINDING AS BEGIN RETURN @a + 1 END',
      'module',
    ],
    ['ALTER FUNCTION f () RETURNS TABLE AS RETURN (SELECT 1 AS a)', 'module'],
    [
      'CREATE FUNCTION f (@a int) RETURNS @t TABLE (a int) AS BEGIN INSERT @t VALUES (1) RETURN END',
      'module',
    ],
    ['CREATE TRIGGER tr ON dbo.t INSTEAD OF INSERT, UPDATE AS SET NOCOUNT ON', 'module'],
    ['DISABLE TRIGGER ALL ON dbo.t', 'enableTrigger'],
    ['DROP TABLE IF EXISTS a, dbo.b', 'drop'],
    ['DROP PARTITION SCHEME ps', 'drop'],
    ["CREATE LOGIN l WITH PASSWORD = N'p''w', CHECK_POLICY = OFF", 'createLogin'],
    ['CREATE USER u FOR LOGIN l WITH DEFAULT_SCHEMA = dbo', 'createUser'],
    ['ALTER ROLE db_owner ADD MEMBER u', 'alterRole'],
    [
      'GRANT SELECT, VIEW CHANGE TRACKING ON SCHEMA::cdc TO u, PUBLIC WITH GRANT OPTION',
      'permission',
    ],
    ['DENY UPDATE (a, b) ON OBJECT::dbo.t TO u', 'permission'],
    ['REVOKE VIEW DATABASE STATE FROM u', 'permission'],
    [
      'ALTER TABLE t WITH NOCHECK ADD CONSTRAINT c CHECK (a > 0), x int NULL DEFAULT 0 WITH VALUES',
      'alterTable',
    ],
    ['ALTER TABLE t ADD CONSTRAINT df DEFAULT (0) FOR a', 'alterTable'],
    ['ALTER TABLE t DROP CONSTRAINT IF EXISTS a, COLUMN b, c', 'alterTable'],
    [
      'ALTER TABLE t ALTER COLUMN a nvarchar(20) COLLATE Latin1_General_BIN2 NOT NULL',
      'alterTable',
    ],
    ['ALTER TABLE t WITH CHECK CHECK CONSTRAINT ALL', 'alterTable'],
    ['ALTER TABLE t NOCHECK CONSTRAINT a, b', 'alterTable'],
    ['ALTER TABLE t ENABLE CHANGE_TRACKING WITH (TRACK_COLUMNS_UPDATED = ON)', 'alterTable'],
    ['ALTER TABLE t DISABLE TRIGGER ALL', 'alterTable'],
    [
      'ALTER TABLE s SWITCH PARTITION @p TO t PARTITION $PARTITION.pf(5) WITH (WAIT_AT_LOW_PRIORITY (MAX_DURATION = 1 MINUTES, ABORT_AFTER_WAIT = SELF))',
      'alterTable',
    ],
    ['ALTER TABLE t REBUILD PARTITION = 3 WITH (DATA_COMPRESSION = NONE)', 'alterTable'],
    ['ALTER TABLE t SET (LOCK_ESCALATION = AUTO)', 'alterTable'],
  ])('reads %s', (text, kind) => {
    expect(only(text)?.kind).toBe(kind);
  });

  it('keep the whole text of a module, comments included', () => {
    const text = '-- why\nCREATE VIEW v AS\nSELECT 1 AS a -- end';
    const statement = only(text);
    expect(statement?.kind === 'module' && statement.text).toBe(text);
  });
});
