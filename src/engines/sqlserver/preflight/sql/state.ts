/** These ask for VIEW SERVER STATE or VIEW DATABASE STATE; without it nothing can be told. */

export const READ_AGENT = `
SELECT s.status_desc AS status
  FROM sys.dm_server_services AS s
 WHERE s.servicename LIKE N'SQL Server Agent%'`;

export const READ_LOG_SPACE = `
SELECT CONVERT(float, u.total_log_size_in_bytes) AS bytes,
       CONVERT(float, u.used_log_space_in_percent) AS usedPercent
  FROM sys.dm_db_log_space_usage AS u`;
