export const PRESENT_FOREIGN_KEYS = `
SELECT s.name AS [schema],
       t.name AS [table],
       fk.name AS name,
       fk.is_disabled AS disabled,
       fk.is_not_trusted AS notTrusted
  FROM sys.foreign_keys AS fk
  JOIN sys.tables AS t ON t.object_id = fk.parent_object_id
  JOIN sys.schemas AS s ON s.schema_id = t.schema_id`;
