/** Now by the server's clock, local and without a zone as CDC keeps its times. */
export const READ_CLOCK = `
SELECT CONVERT(varchar(33), GETDATE(), 126) AS now`;

/**
 * Whether the capture job has been through the log since @since. A scan that took as many
 * transactions as it may has perhaps not come to the end, and one that took any may have seen the
 * end long before it ended itself. One that found nothing has no other time to go by: scans without
 * a transaction in a row are one session. Needs VIEW DATABASE STATE.
 */
export const READ_LAST_SCAN = `
SELECT TOP (1)
       CASE WHEN s.tran_count < @mostTransactions
             AND CASE WHEN s.tran_count > 0 THEN s.start_time ELSE s.end_time END
                   > CONVERT(datetime, @since, 126) THEN 1 ELSE 0 END AS passed,
       DATEDIFF(second, s.end_time, GETDATE()) AS ageSeconds
  FROM sys.dm_cdc_log_scan_sessions AS s
 WHERE s.scan_phase = 'Done'
   AND s.session_id > 0
   AND s.end_time IS NOT NULL
 ORDER BY s.session_id DESC`;

/**
 * Transactions that one scan of the capture job takes at most; NULL: no job of its own
 * (test/conformance/sqlserver/catalogue-columns: "msdb.dbo.cdc_jobs, once a table is captured").
 */
export const READ_SCAN_LIMIT = `
SELECT MAX(j.maxtrans) AS mostTransactions
  FROM msdb.dbo.cdc_jobs AS j
 WHERE j.database_id = DB_ID()
   AND j.job_type = N'capture'`;

/** Without that right: whether something that ended after @since has been captured. */
export const READ_LAST_CAPTURED = `
SELECT CASE WHEN EXISTS (SELECT 1 FROM cdc.lsn_time_mapping AS m
                          WHERE m.tran_end_time > CONVERT(datetime, @since, 126))
            THEN 1 ELSE 0 END AS passed`;

/** Without that right: how old the newest entry is; NULL while there is none. */
export const READ_CAPTURED_AGE = `
SELECT DATEDIFF(second, MAX(m.tran_end_time), GETDATE()) AS ageSeconds
  FROM cdc.lsn_time_mapping AS m`;

/** Needs VIEW SERVER STATE. */
export const READ_AGENT = `
SELECT TOP (1) CASE WHEN s.status = 4 THEN 1 ELSE 0 END AS running
  FROM sys.dm_server_services AS s
 WHERE s.servicename LIKE N'SQL Server Agent%'`;

/** Needs VIEW DATABASE STATE; the latest trouble of the capture job. */
export const READ_CAPTURE_ERRORS = `
SELECT TOP (1)
       e.error_number AS number,
       DATEDIFF(second, e.entry_time, GETDATE()) AS ageSeconds
  FROM sys.dm_cdc_errors AS e
 ORDER BY e.entry_time DESC`;
