import { wantedIds } from './wanted.js';

/** Descriptions and the like of tables, their columns, indexes and constraints. */
export const TABLE_PROPERTIES = `
SELECT o.tableId AS tableId,
       p.class AS class,
       p.name AS name,
       CONVERT(nvarchar(128), SQL_VARIANT_PROPERTY(p.value, 'BaseType')) AS valueType,
       CONVERT(nvarchar(4000), p.value) AS value,
       c.name AS [column],
       i.name AS [index],
       CASE WHEN o.id = o.tableId THEN NULL ELSE o.name END AS [constraint]
  FROM sys.extended_properties AS p
  JOIN (SELECT b.object_id AS id,
               b.name AS name,
               CASE WHEN b.parent_object_id = 0 THEN b.object_id ELSE b.parent_object_id END AS tableId
          FROM sys.objects AS b
         WHERE b.type IN ('U', 'PK', 'UQ', 'C', 'D', 'F')) AS o ON o.id = p.major_id
  LEFT JOIN sys.columns AS c
    ON p.class = 1 AND p.minor_id > 0 AND c.object_id = p.major_id AND c.column_id = p.minor_id
  LEFT JOIN sys.indexes AS i
    ON p.class = 7 AND i.object_id = p.major_id AND i.index_id = p.minor_id
 WHERE p.class IN (1, 7)
   AND ${wantedIds('o.tableId')}
 ORDER BY o.tableId, p.class, p.major_id, p.minor_id, p.name`;
