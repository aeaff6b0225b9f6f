/**
 * Times in the catalogue of CDC are local to the server and carry no zone. The offset of this
 * moment is taken away, so a time from before a change of the clocks is off by that change
 * (test/conformance/sqlserver/times: "is UTC without the offset of the server").
 */
const ZONE_MINUTES = 'DATEPART(TZOFFSET, SYSDATETIMEOFFSET())';

/** The database's switch, and who may turn it. */
export const READ_SWITCH = `
SELECT d.name AS [database],
       d.is_cdc_enabled AS enabled,
       CONVERT(int, ISNULL(IS_SRVROLEMEMBER(N'sysadmin'), 0)) AS sysadmin,
       CONVERT(int, ISNULL(IS_ROLEMEMBER(N'db_owner'), 0)) AS owner,
       CONVERT(int, SERVERPROPERTY('EngineEdition')) AS edition,
       CONVERT(nvarchar(20), DATABASEPROPERTYEX(DB_NAME(), 'Updateability')) AS updateability
  FROM sys.databases AS d
 WHERE d.name = DB_NAME()`;

/** NULL until the capture job has seen a change. */
export const READ_MAX_LSN = `
SELECT sys.fn_cdc_get_max_lsn() AS lsn`;

/**
 * At most @n whole transactions above @from and up to @to, with their commit times in UTC
 * (test/conformance/sqlserver/change-data-capture: "lie at commits that cdc.lsn_time_mapping knows").
 */
export const READ_TRANSACTIONS = `
SELECT TOP (@n)
       m.start_lsn AS lsn,
       CONVERT(varchar(33), DATEADD(minute, -${ZONE_MINUTES}, m.tran_end_time), 126) AS ended
  FROM cdc.lsn_time_mapping AS m
 WHERE m.start_lsn > CONVERT(binary(10), @from)
   AND m.start_lsn <= CONVERT(binary(10), @to)
   AND m.tran_id <> 0x00
 ORDER BY m.start_lsn`;

/** What the log says now of the transaction at @lsn, and whether it may have been cleaned away. */
export const READ_ONE_TRANSACTION = `
SELECT (SELECT TOP (1) CONVERT(varchar(33), DATEADD(minute, -${ZONE_MINUTES}, m.tran_end_time), 126)
          FROM cdc.lsn_time_mapping AS m
         WHERE m.start_lsn = CONVERT(binary(10), @lsn)) AS ended,
       CASE WHEN EXISTS (SELECT 1 FROM cdc.lsn_time_mapping AS e
                          WHERE e.start_lsn < CONVERT(binary(10), @lsn))
            THEN 1 ELSE 0 END AS hasEarlier`;
