/**
 * Below it no transaction that is still open has written (rowversion); 8 bytes
 * (test/conformance/sqlserver/nulls-and-numbers: "grows with every change, and
 * MIN_ACTIVE_ROWVERSION stays below what is not committed").
 */
export const READ_OPEN_ROWVERSION = `
SELECT CONVERT(binary(8), MIN_ACTIVE_ROWVERSION()) AS version`;

export const READ_CLOCK = `
SELECT CONVERT(varchar(33), GETDATE(), 126) AS now`;

/**
 * Since when the oldest transaction of others runs; NULL: there is none. Those of Sluice only read.
 * Needs VIEW SERVER STATE (2022: VIEW SERVER PERFORMANCE STATE).
 */
export const READ_OLDEST_TRANSACTION = `
SELECT CONVERT(varchar(33), MIN(a.transaction_begin_time), 126) AS began
  FROM sys.dm_tran_session_transactions AS t
  JOIN sys.dm_tran_active_transactions AS a ON a.transaction_id = t.transaction_id
  JOIN sys.dm_exec_sessions AS s ON s.session_id = t.session_id
 WHERE t.session_id <> @@SPID
   AND ISNULL(s.program_name, N'') NOT LIKE N'sluice%'`;
