/**
 * What `check` reads. Every statement here works for a login without any special right; what it has
 * not is 0 (test/conformance/sqlserver/rights: "is told so: HAS_PERMS_BY_NAME").
 */

export const READ_BASICS = `
SELECT SUSER_SNAME() AS login,
       USER_NAME() AS [user],
       d.snapshot_isolation_state AS snapshotIsolation,
       d.is_read_committed_snapshot_on AS readCommittedSnapshot,
       d.recovery_model_desc AS recoveryModel,
       d.log_reuse_wait_desc AS logReuseWait,
       d.is_cdc_enabled AS cdc,
       CONVERT(nvarchar(30), DATABASEPROPERTYEX(d.name, 'Updateability')) AS updateability,
       CASE WHEN SCHEMA_ID(N'sluice') IS NULL THEN 0 ELSE 1 END AS hasState,
       IS_SRVROLEMEMBER(N'sysadmin') AS isSysadmin,
       HAS_PERMS_BY_NAME(NULL, N'DATABASE', N'VIEW DEFINITION') AS mayViewDefinition,
       HAS_PERMS_BY_NAME(NULL, N'DATABASE', N'VIEW DATABASE STATE') AS mayViewState,
       HAS_PERMS_BY_NAME(NULL, NULL, N'VIEW SERVER STATE') AS mayViewServerState,
       HAS_PERMS_BY_NAME(NULL, N'DATABASE', N'CREATE TABLE') AS mayCreateTable,
       HAS_PERMS_BY_NAME(NULL, N'DATABASE', N'CREATE SCHEMA') AS mayCreateSchema,
       HAS_PERMS_BY_NAME(NULL, N'DATABASE', N'ALTER') AS mayAlter,
       HAS_PERMS_BY_NAME(N'cdc', N'SCHEMA', N'SELECT') AS mayReadCdc
  FROM sys.databases AS d
 WHERE d.name = DB_NAME()`;

export const READ_CHANGE_TRACKING = `
SELECT c.retention_period AS retention,
       c.retention_period_units_desc AS unit,
       c.is_auto_cleanup_on AS autoCleanup
  FROM sys.change_tracking_databases AS c
 WHERE c.database_id = DB_ID()`;

/** For a session of master: one of these is enough ("CREATE DATABASE (Transact-SQL)", "Permissions"). */
export const READ_CREATE_RIGHTS = `
SELECT SUSER_SNAME() AS login,
       CASE WHEN HAS_PERMS_BY_NAME(NULL, NULL, N'CREATE ANY DATABASE') = 1
              OR HAS_PERMS_BY_NAME(NULL, NULL, N'ALTER ANY DATABASE') = 1
              OR HAS_PERMS_BY_NAME(NULL, N'DATABASE', N'CREATE DATABASE') = 1
            THEN 1 ELSE 0 END AS mayCreate`;

/** Tables that the login sees but may not read, or whose changes it may not see. */
export const READ_TABLE_RIGHTS = `
SELECT s.name AS [schema],
       t.name AS [table],
       HAS_PERMS_BY_NAME(QUOTENAME(s.name) + N'.' + QUOTENAME(t.name), N'OBJECT', N'SELECT')
         AS maySelect,
       CASE WHEN ct.object_id IS NULL THEN 1
            ELSE HAS_PERMS_BY_NAME(QUOTENAME(s.name) + N'.' + QUOTENAME(t.name), N'OBJECT',
                                   N'VIEW CHANGE TRACKING') END AS mayViewChanges
  FROM sys.tables AS t
  JOIN sys.schemas AS s ON s.schema_id = t.schema_id
  LEFT JOIN sys.change_tracking_tables AS ct ON ct.object_id = t.object_id
 WHERE t.is_ms_shipped = 0 AND s.name NOT IN (N'sluice', N'cdc')
 ORDER BY s.name, t.name`;
