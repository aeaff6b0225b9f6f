export const PRESENT_IDENTITIES = `
SELECT s.name AS [schema],
       t.name AS [table],
       CONVERT(nvarchar(40), ic.last_value) AS lastValue
  FROM sys.identity_columns AS ic
  JOIN sys.tables AS t ON t.object_id = ic.object_id
  JOIN sys.schemas AS s ON s.schema_id = t.schema_id
 WHERE t.is_ms_shipped = 0`;
