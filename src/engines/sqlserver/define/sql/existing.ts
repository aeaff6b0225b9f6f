/** Triggers of a table that are switched on. */
export const ENABLED_TRIGGERS = `
SELECT g.name AS name, g.is_instead_of_trigger AS insteadOf
  FROM sys.triggers AS g
  JOIN sys.tables AS t ON t.object_id = g.parent_id
  JOIN sys.schemas AS s ON s.schema_id = t.schema_id
 WHERE s.name = @schema AND t.name = @table AND g.is_disabled = 0
 ORDER BY g.name`;

/** What else has the name that a table is to have. */
export const OTHER_OBJECT = `
SELECT o.type_desc AS kind
  FROM sys.objects AS o
  JOIN sys.schemas AS s ON s.schema_id = o.schema_id
 WHERE s.name = @schema AND o.name = @table AND o.type <> 'U'`;

export const PRESENT_TABLES = `
SELECT s.name AS [schema], t.name AS [table]
  FROM sys.tables AS t
  JOIN sys.schemas AS s ON s.schema_id = t.schema_id
 WHERE t.is_ms_shipped = 0`;

/** Of one collation; NULL when the server does not know it. */
export const CODE_PAGE = `
SELECT CONVERT(int, COLLATIONPROPERTY(@collation, 'CodePage')) AS page`;
