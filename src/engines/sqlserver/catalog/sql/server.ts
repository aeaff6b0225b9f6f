/** What decides which statements a server understands; for every login. */
export const SERVER_FACTS = `
SELECT CONVERT(int, SERVERPROPERTY('EngineEdition')) AS edition,
       CONVERT(nvarchar(128), SERVERPROPERTY('Edition')) AS editionName,
       CONVERT(nvarchar(128), SERVERPROPERTY('ProductVersion')) AS version,
       CONVERT(nvarchar(128), SERVERPROPERTY('ServerName')) AS server,
       d.name AS [database],
       d.database_id AS databaseId,
       CONVERT(nvarchar(30), d.create_date, 126) AS created,
       CONVERT(nvarchar(36), d.group_database_id) AS groupDatabase,
       d.collation_name AS [collation],
       d.compatibility_level AS compatibility
  FROM sys.databases AS d
 WHERE d.name = DB_NAME()`;

/** Changes when the database is restored to an earlier moment; not on Azure SQL Database. */
export const RECOVERY_FORK = `
SELECT CONVERT(nvarchar(36), r.recovery_fork_guid) AS fork
  FROM sys.database_recovery_status AS r
 WHERE r.database_id = DB_ID()`;
