/** Minutes that the clean-up job leaves. */
export const READ_RETENTION = `
SELECT MAX(j.retention) AS minutes
  FROM msdb.dbo.cdc_jobs AS j
 WHERE j.database_id = DB_ID()
   AND j.job_type = N'cleanup'`;
