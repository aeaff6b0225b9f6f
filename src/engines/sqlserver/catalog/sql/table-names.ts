/** Tables of users: what Sluice and Change Data Capture made themselves is none. */
const OF_USERS = `t.is_ms_shipped = 0
   AND s.name NOT IN (N'sluice', N'cdc')
   AND LEFT(s.name, 13) <> N'sluice_stage_'`;

export const TABLE_NAMES = `
SELECT s.name AS [schema], t.name AS [table]
  FROM sys.tables AS t
  JOIN sys.schemas AS s ON s.schema_id = t.schema_id
 WHERE ${OF_USERS}
 ORDER BY s.name, t.name`;

export const OFFERED_NAMES = `
SELECT s.name AS [schema], t.name AS [table]
  FROM sys.change_tracking_tables AS c
  JOIN sys.tables AS t ON t.object_id = c.object_id
  JOIN sys.schemas AS s ON s.schema_id = t.schema_id
 WHERE ${OF_USERS}
 ORDER BY s.name, t.name`;
