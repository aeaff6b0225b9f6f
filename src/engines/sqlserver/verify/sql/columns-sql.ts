/** Columns of @schema.@table with the system type of each, of an alias the one behind it. */
export const READ_COLUMNS = `
SELECT c.name AS name,
       ISNULL(b.name, y.name) AS typeName,
       c.max_length AS maxLength,
       c.[precision] AS [precision],
       c.scale AS scale,
       c.collation_name AS [collation]
  FROM sys.columns AS c
  JOIN sys.tables AS t ON t.object_id = c.object_id
  JOIN sys.schemas AS s ON s.schema_id = t.schema_id
  JOIN sys.types AS y ON y.user_type_id = c.user_type_id
  LEFT JOIN sys.types AS b ON b.user_type_id = c.system_type_id
 WHERE s.name = @schema AND t.name = @table
 ORDER BY c.column_id`;
