/** What the login may write in the target. Works for a login without any special right. */

/** Schemas of users: those of the fixed roles have numbers from 16384. */
export const READ_SCHEMA_RIGHTS = `
SELECT s.name AS [schema],
       HAS_PERMS_BY_NAME(QUOTENAME(s.name), N'SCHEMA', N'SELECT') AS maySelect,
       HAS_PERMS_BY_NAME(QUOTENAME(s.name), N'SCHEMA', N'INSERT') AS mayInsert,
       HAS_PERMS_BY_NAME(QUOTENAME(s.name), N'SCHEMA', N'UPDATE') AS mayUpdate,
       HAS_PERMS_BY_NAME(QUOTENAME(s.name), N'SCHEMA', N'DELETE') AS mayDelete,
       HAS_PERMS_BY_NAME(QUOTENAME(s.name), N'SCHEMA', N'ALTER') AS mayAlter,
       HAS_PERMS_BY_NAME(QUOTENAME(s.name), N'SCHEMA', N'REFERENCES') AS mayReference
  FROM sys.schemas AS s
 WHERE s.schema_id < 16384 AND s.name NOT IN (N'sys', N'INFORMATION_SCHEMA', N'guest', N'cdc')
 ORDER BY s.name`;

/**
 * Tables that the login sees; a DENY on one outweighs what its schema allows
 * (test/conformance/sqlserver/rights: "is stopped by a DENY, whatever its schema").
 */
export const READ_WRITE_RIGHTS = `
SELECT s.name AS [schema],
       t.name AS [table],
       HAS_PERMS_BY_NAME(QUOTENAME(s.name) + N'.' + QUOTENAME(t.name), N'OBJECT', N'SELECT') AS maySelect,
       HAS_PERMS_BY_NAME(QUOTENAME(s.name) + N'.' + QUOTENAME(t.name), N'OBJECT', N'INSERT') AS mayInsert,
       HAS_PERMS_BY_NAME(QUOTENAME(s.name) + N'.' + QUOTENAME(t.name), N'OBJECT', N'UPDATE') AS mayUpdate,
       HAS_PERMS_BY_NAME(QUOTENAME(s.name) + N'.' + QUOTENAME(t.name), N'OBJECT', N'DELETE') AS mayDelete
  FROM sys.tables AS t
  JOIN sys.schemas AS s ON s.schema_id = t.schema_id
 WHERE t.is_ms_shipped = 0
 ORDER BY s.name, t.name`;

export const READ_RESEED = `
SELECT CASE WHEN IS_ROLEMEMBER(N'db_ddladmin') = 1 OR IS_ROLEMEMBER(N'db_owner') = 1
              OR IS_SRVROLEMEMBER(N'sysadmin') = 1 THEN 1 ELSE 0 END AS mayReseed`;
