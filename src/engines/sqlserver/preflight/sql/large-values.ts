/** Seen by everyone (sys.configurations, "Permissions": public). */
export const READ_REPLICATED_SIZE = `
SELECT CONVERT(int, c.value_in_use) AS bytes
  FROM sys.configurations AS c
 WHERE c.name = N'max text repl size (B)'`;

/** Tables with a column whose values may be large: text, image, xml and the (max) types. */
export const READ_LARGE_COLUMNS = `
SELECT DISTINCT s.name AS [schema], t.name AS [table]
  FROM sys.tables AS t
  JOIN sys.schemas AS s ON s.schema_id = t.schema_id
  JOIN sys.columns AS c ON c.object_id = t.object_id
  JOIN sys.types AS y ON y.user_type_id = c.system_type_id
 WHERE t.is_ms_shipped = 0 AND s.name NOT IN (N'sluice', N'cdc') AND c.is_computed = 0
   AND (y.name IN (N'text', N'ntext', N'image', N'xml')
        OR (c.max_length = -1 AND y.name IN (N'varchar', N'nvarchar', N'varbinary')))
 ORDER BY s.name, t.name`;
