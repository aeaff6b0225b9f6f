/**
 * The database's switch, and what a reader has to know of it. What the units are:
 * test/conformance/sqlserver/catalogue-meaning: "keep changes for so many minutes (1), hours (2)".
 */
export const READ_SWITCH = `
SELECT d.name AS [database],
       CASE WHEN c.database_id IS NULL THEN 0 ELSE 1 END AS enabled,
       CONVERT(int, ISNULL(c.is_auto_cleanup_on, 0)) AS cleanup,
       CASE WHEN c.is_auto_cleanup_on = 1
            THEN c.retention_period * CASE c.retention_period_units
                                           WHEN 1 THEN 60 WHEN 2 THEN 3600 ELSE 86400 END
            END AS keepsSeconds,
       CONVERT(int, d.snapshot_isolation_state) AS snapshot,
       CONVERT(nvarchar(20), DATABASEPROPERTYEX(DB_NAME(), 'Updateability')) AS updateability
  FROM sys.databases AS d
  LEFT JOIN sys.change_tracking_databases AS c ON c.database_id = d.database_id
 WHERE d.name = DB_NAME()`;

/** NULL while Change Tracking is off. */
export const READ_VERSION = `
SELECT CHANGE_TRACKING_CURRENT_VERSION() AS version,
       CONVERT(varchar(33), SYSUTCDATETIME(), 126) AS at`;

/**
 * Tracked tables. \`beginVersion\` is where tracking of the table began, and a TRUNCATE begins it
 * anew (test/conformance/sqlserver/change-tracking: "begins anew with a TRUNCATE"); \`minValid\` is
 * NULL for a login without VIEW CHANGE TRACKING.
 */
export const READ_TRACKED = `
SELECT t.object_id AS id,
       s.name AS [schema],
       o.name AS [table],
       t.begin_version AS beginVersion,
       CHANGE_TRACKING_MIN_VALID_VERSION(t.object_id) AS minValid
  FROM sys.change_tracking_tables AS t
  JOIN sys.tables AS o ON o.object_id = t.object_id
  JOIN sys.schemas AS s ON s.schema_id = o.schema_id
 ORDER BY s.name, o.name`;

/** Columns of the tracked tables; changes are found by the primary key. */
export const READ_TRACKED_COLUMNS = `
SELECT c.object_id AS tableId,
       c.name AS name,
       ISNULL(b.name, y.name) AS typeName,
       c.max_length AS maxLength,
       c.[precision] AS [precision],
       c.scale AS scale,
       CASE WHEN k.column_id IS NULL THEN 0 ELSE 1 END AS isKey
  FROM sys.change_tracking_tables AS t
  JOIN sys.columns AS c ON c.object_id = t.object_id
  JOIN sys.types AS y ON y.user_type_id = c.user_type_id
  LEFT JOIN sys.types AS b ON b.user_type_id = c.system_type_id
  LEFT JOIN sys.indexes AS x ON x.object_id = c.object_id AND x.is_primary_key = 1
  LEFT JOIN sys.index_columns AS k
    ON k.object_id = x.object_id AND k.index_id = x.index_id
   AND k.column_id = c.column_id AND k.key_ordinal > 0
 WHERE c.is_computed = 0
   AND c.is_column_set = 0
 ORDER BY c.object_id, c.column_id`;

/** Tables whose rows do not carry the whole primary key. */
export const READ_COMPUTED_KEYS = `
SELECT DISTINCT s.name AS [schema], o.name AS [table]
  FROM sys.indexes AS x
  JOIN sys.index_columns AS k ON k.object_id = x.object_id AND k.index_id = x.index_id
  JOIN sys.columns AS c ON c.object_id = k.object_id AND c.column_id = k.column_id
  JOIN sys.tables AS o ON o.object_id = x.object_id
  JOIN sys.schemas AS s ON s.schema_id = o.schema_id
 WHERE x.is_primary_key = 1 AND k.key_ordinal > 0 AND c.is_computed = 1`;
