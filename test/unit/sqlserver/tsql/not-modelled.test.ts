import { describe, expect, it } from 'vitest';
import { NOT_MODELLED } from '../../../support/sqlserver/tsql/cursor.js';
import { parseBatch } from '../../../support/sqlserver/tsql/batch.js';

/** T-SQL that SQL Server takes: the stand-in must say that it does not know it, never guess. */
const STATEMENTS = [
  'MERGE t USING s ON t.a = s.a WHEN MATCHED THEN DELETE;',
  'WITH c AS (SELECT 1 AS a) MERGE t USING c ON t.a = c.a WHEN MATCHED THEN DELETE;',
  'WITH CHANGE_TRACKING_CONTEXT (0x01) DELETE t',
  "WITH XMLNAMESPACES ('u' AS n) SELECT 1",
  'DECLARE c CURSOR FOR SELECT 1',
  'DECLARE @c CURSOR',
  'OPEN c',
  'FETCH NEXT FROM c',
  'CLOSE c',
  'DEALLOCATE c',
  'DELETE t WHERE CURRENT OF c',
  'GOTO x',
  'x: SELECT 1',
  "BULK INSERT t FROM 'f'",
  "BACKUP DATABASE d TO DISK = 'f'",
  "RESTORE DATABASE d FROM DISK = 'f'",
  'SHUTDOWN',
  'RECONFIGURE',
  'REVERT',
  "EXECUTE AS USER = 'u'",
  'EXEC @p',
  "EXEC ('SELECT 1') AT srv",
  'EXEC p WITH RECOMPILE',
  "SELECT * FROM OPENROWSET(BULK 'f', SINGLE_BLOB) AS x",
  "SELECT * FROM OPENQUERY(s, 'q')",
  'SELECT * FROM t TABLESAMPLE (10 PERCENT)',
  'SELECT * FROM t PIVOT (SUM(a) FOR b IN ([1])) AS p',
  'SELECT * FROM t UNPIVOT (a FOR b IN (c)) AS p',
  "SELECT * FROM t FOR SYSTEM_TIME AS OF '2020-01-01'",
  'SELECT * FROM t WITH (KEEPIDENTITY)',
  'SELECT a FROM t FOR XML PATH',
  'SELECT a FROM t FOR JSON AUTO',
  'SELECT a FROM t GROUP BY ROLLUP (a)',
  'SELECT a FROM t GROUP BY CUBE (a)',
  'SELECT a FROM t GROUP BY GROUPING SETS ((a), ())',
  'SELECT a FROM t GROUP BY a WITH ROLLUP',
  "SELECT STRING_AGG(a, ',') WITHIN GROUP (ORDER BY a) FROM t",
  "SELECT PARSE('1' AS int)",
  'SELECT IDENTITY(int, 1, 1) AS i INTO u FROM t',
  'SELECT {fn NOW()}',
  'SELECT 1 WHERE 1 IS NOT DISTINCT FROM 2',
  "SELECT 1 FROM t WHERE CONTAINS(a, 'x')",
  'CREATE TABLE t (a int, INDEX i (a) WITH (BUCKET_COUNT = 8))',
  'CREATE TABLE t (a xml COLUMN_SET FOR ALL_SPARSE_COLUMNS)',
  'CREATE TABLE t (a xml (c))',
  'CREATE TABLE t (a int) WITH (LEDGER = ON (APPEND_ONLY = ON))',
  'ALTER TABLE t ADD PERIOD FOR SYSTEM_TIME (a, b)',
  'CREATE XML INDEX i ON t (a) USING XML INDEX p',
  'CREATE SPATIAL INDEX i ON t (g)',
  'CREATE FULLTEXT INDEX ON t (a) KEY INDEX k',
  'CREATE STATISTICS s ON t (a)',
  'CREATE TYPE t AS TABLE (a int)',
  'CREATE ASSEMBLY a FROM 0x00',
  'CREATE SECURITY POLICY p ADD BLOCK PREDICATE f(a) ON t',
  'CREATE QUEUE q',
  'CREATE LOGIN l FROM WINDOWS',
  'CREATE DATABASE d ON PRIMARY (NAME = a)',
  'CREATE TRIGGER tr ON DATABASE FOR DROP_TABLE AS PRINT 1',
  'ALTER DATABASE d REMOVE FILE f',
  'ALTER DATABASE SCOPED CONFIGURATION SET MAXDOP = 1',
  'ALTER LOGIN l DISABLE',
  'ALTER AUTHORIZATION ON DATABASE::d TO sa',
  'ALTER TABLE t ENABLE FILETABLE_NAMESPACE',
  'ALTER TABLE t SET (SYSTEM_VERSIONING = ON)',
  'ALTER TABLE t ALTER COLUMN a ADD MASKED WITH (FUNCTION = x)',
  'ALTER INDEX i ON t SET (ALLOW_ROW_LOCKS = ON)',
  'DROP ASSEMBLY a',
  'DROP INDEX t.i',
  'SET STATISTICS IO ON',
  'SET SHOWPLAN_XML ON',
  'BEGIN DISTRIBUTED TRAN',
  'WAITFOR (RECEIVE * FROM q)',
  'KILL STATS JOB 5',
  'GRANT SELECT ON t TO u AS dbo',
];

describe('what the stand-in does not know', () => {
  it('is a list of at least 50 statements', () => {
    expect(new Set(STATEMENTS).size).toBeGreaterThanOrEqual(50);
  });

  it.each(STATEMENTS)('%s', (text) => {
    expect(() => parseBatch(text)).toThrow(
      expect.objectContaining({
        number: NOT_MODELLED,
        message: expect.stringMatching(/^not modelled: /) as string,
      }) as Error,
    );
  });
});
