const PARTITIONED = `
  JOIN sys.schemas AS s ON s.schema_id = t.schema_id
  JOIN sys.indexes AS i ON i.object_id = t.object_id AND i.index_id IN (0, 1)
  JOIN sys.partition_schemes AS p ON p.data_space_id = i.data_space_id`;

/** Partitioned tables with an instance under which users may SWITCH. */
export const READ_SWITCHED_CAPTURED = `
SELECT DISTINCT s.name AS [schema], t.name AS [table]
  FROM cdc.change_tables AS c
  JOIN sys.tables AS t ON t.object_id = c.source_object_id${PARTITIONED}
 WHERE c.partition_switch = 1
 ORDER BY s.name, t.name`;

/** Partitioned tables that are not captured yet. */
export const READ_SWITCHED_UNCAPTURED = `
SELECT s.name AS [schema], t.name AS [table]
  FROM sys.tables AS t${PARTITIONED}
 WHERE t.is_ms_shipped = 0 AND s.name NOT IN (N'sluice', N'cdc') AND t.is_tracked_by_cdc = 0
 ORDER BY s.name, t.name`;

/**
 * Texts of one byte a character whose collation is not that of the database, @all: also in tables
 * that are not captured yet.
 */
export const READ_FOREIGN_COLLATIONS = `
SELECT s.name AS [schema], t.name AS [table], c.name AS [column]
  FROM sys.tables AS t
  JOIN sys.schemas AS s ON s.schema_id = t.schema_id
  JOIN sys.columns AS c ON c.object_id = t.object_id
  JOIN sys.types AS y ON y.user_type_id = c.system_type_id
 WHERE t.is_ms_shipped = 0 AND s.name NOT IN (N'sluice', N'cdc') AND c.is_computed = 0
   AND (t.is_tracked_by_cdc = 1 OR @all = 1)
   AND y.name IN (N'char', N'varchar')
   AND c.collation_name
       <> CONVERT(nvarchar(128), DATABASEPROPERTYEX(DB_NAME(), 'Collation')) COLLATE DATABASE_DEFAULT
 ORDER BY s.name, t.name, c.column_id`;
