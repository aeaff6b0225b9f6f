/**
 * The slowest secondary of the database: the time between the last commit here and the last one it
 * has redone. A secondary that has redone everything is not behind, however long ago that was.
 */
export const REPLICATION_LAG = `
SELECT MAX(CASE WHEN r.last_commit_lsn >= h.last_commit_lsn THEN 0
                ELSE DATEDIFF(second, r.last_commit_time, h.last_commit_time)
                       * CONVERT(bigint, 1000) END) AS ms
  FROM sys.dm_hadr_database_replica_states AS r
  JOIN sys.dm_hadr_database_replica_states AS h
    ON h.group_database_id = r.group_database_id AND h.is_local = 1
 WHERE r.is_local = 0 AND r.database_id = DB_ID()`;
