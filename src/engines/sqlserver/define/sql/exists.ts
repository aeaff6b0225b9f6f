/** Questions whether a statement has been done; each gives one number, `done`. */

export const TABLE_EXISTS = `
SELECT COUNT(*) AS done
  FROM sys.tables AS t
  JOIN sys.schemas AS s ON s.schema_id = t.schema_id
 WHERE s.name = @schema AND t.name = @table`;

export const INDEX_EXISTS = `
SELECT COUNT(*) AS done
  FROM sys.indexes AS i
  JOIN sys.tables AS t ON t.object_id = i.object_id
  JOIN sys.schemas AS s ON s.schema_id = t.schema_id
 WHERE s.name = @schema AND t.name = @table AND i.name = @name`;

export const CONSTRAINT_EXISTS = `
SELECT COUNT(*) AS done
  FROM sys.objects AS o
  JOIN sys.tables AS t ON t.object_id = o.parent_object_id
  JOIN sys.schemas AS s ON s.schema_id = t.schema_id
 WHERE s.name = @schema AND t.name = @table AND o.name = @name`;

/** @column, @index and @constraint: NULL but for the one that the property is about. */
export const PROPERTY_EXISTS = `
SELECT COUNT(*) AS done
  FROM sys.extended_properties AS p
  JOIN sys.objects AS o ON o.object_id = p.major_id
  JOIN sys.tables AS t ON t.object_id = o.object_id OR t.object_id = o.parent_object_id
  JOIN sys.schemas AS s ON s.schema_id = t.schema_id
  LEFT JOIN sys.columns AS c
    ON p.class = 1 AND c.object_id = p.major_id AND c.column_id = p.minor_id
  LEFT JOIN sys.indexes AS i
    ON p.class = 7 AND i.object_id = p.major_id AND i.index_id = p.minor_id
 WHERE p.class IN (1, 7) AND p.name = @name AND s.name = @schema AND t.name = @table
   AND (c.name = @column OR (@column IS NULL AND c.name IS NULL))
   AND (i.name = @index OR (@index IS NULL AND i.name IS NULL))
   AND (o.name = @constraint OR (@constraint IS NULL AND o.object_id = t.object_id))`;
