/** @schema, @table: what a table is and what hangs on it. */
export const LIVE_TABLE = `
SELECT t.object_id AS id,
       CASE WHEN EXISTS (SELECT 1 FROM sys.foreign_keys AS f
                          WHERE f.referenced_object_id = t.object_id
                            AND f.parent_object_id <> t.object_id) THEN 1 ELSE 0 END AS referenced,
       (SELECT TOP (1) ps.name + N'.' + p.name
          FROM sys.foreign_keys AS f
          JOIN sys.tables AS p ON p.object_id = f.parent_object_id
          JOIN sys.schemas AS ps ON ps.schema_id = p.schema_id
         WHERE f.referenced_object_id = t.object_id AND f.parent_object_id <> t.object_id
           AND f.is_disabled = 0 AND f.delete_referential_action <> 0) AS actsOn,
       CASE WHEN EXISTS (SELECT 1 FROM sys.foreign_keys AS f
                          WHERE f.parent_object_id = t.object_id) THEN 1 ELSE 0 END AS refers,
       CONVERT(int, t.is_tracked_by_cdc) AS cdc,
       CONVERT(int, t.is_published) AS published,
       CASE WHEN EXISTS (SELECT 1 FROM sys.change_tracking_tables AS c
                          WHERE c.object_id = t.object_id) THEN 1 ELSE 0 END AS tracked,
       CASE WHEN t.temporal_type = 0 THEN 0 ELSE 1 END AS temporal,
       CASE WHEN EXISTS (SELECT 1 FROM sys.triggers AS g
                          WHERE g.parent_id = t.object_id) THEN 1 ELSE 0 END AS triggers,
       CASE WHEN EXISTS (SELECT 1 FROM sys.database_permissions AS p
                          WHERE p.class = 1 AND p.major_id = t.object_id) THEN 1 ELSE 0 END AS granted,
       CASE WHEN EXISTS (SELECT 1 FROM sys.indexes AS i
                          WHERE i.object_id = t.object_id AND i.type IN (3, 4)) THEN 1 ELSE 0 END AS special,
       CASE WHEN EXISTS (SELECT 1 FROM sys.indexes AS i
                          WHERE i.object_id = t.object_id AND i.is_unique = 1 AND i.is_disabled = 0
                            AND i.has_filter = 0
                            AND NOT EXISTS (SELECT 1 FROM sys.index_columns AS k
                                              JOIN sys.columns AS c
                                                ON c.object_id = k.object_id
                                               AND c.column_id = k.column_id
                                             WHERE k.object_id = i.object_id
                                               AND k.index_id = i.index_id
                                               AND k.key_ordinal > 0
                                               AND (c.is_nullable = 1 OR c.is_computed = 1)))
            THEN 1 ELSE 0 END AS hasKey,
       CASE WHEN EXISTS (SELECT 1 FROM sys.indexes AS i
                           JOIN sys.partition_schemes AS s ON s.data_space_id = i.data_space_id
                          WHERE i.object_id = t.object_id AND i.index_id IN (0, 1))
            THEN 1 ELSE 0 END AS partitioned,
       CASE WHEN EXISTS (SELECT 1 FROM sluice.owned AS o
                          WHERE o.side = N'target' AND o.kind = N'table' AND o.object = @object)
            THEN 1 ELSE 0 END AS ours,
       CASE WHEN IS_ROLEMEMBER(N'db_owner') = 1 OR IS_SRVROLEMEMBER(N'sysadmin') = 1
            THEN 1 ELSE 0 END AS maySeeUsers
  FROM sys.tables AS t
  JOIN sys.schemas AS s ON s.schema_id = t.schema_id
 WHERE s.name = @schema AND t.name = @table`;

/**
 * @id: what uses the table. Refused to whoever is not db_owner
 * (test/conformance/sqlserver/rights: "does not read sys.sql_expression_dependencies").
 */
export const USERS = `
SELECT CASE WHEN EXISTS (SELECT 1 FROM sys.sql_expression_dependencies AS d
                           JOIN sys.objects AS o ON o.object_id = d.referencing_id
                          WHERE d.referenced_id = @id
                            AND o.type IN ('V', 'P', 'FN', 'IF', 'TF')) THEN 1 ELSE 0 END AS used,
       CASE WHEN EXISTS (SELECT 1 FROM sys.sql_expression_dependencies AS d
                           JOIN sys.indexes AS i ON i.object_id = d.referencing_id
                          WHERE d.referenced_id = @id) THEN 1 ELSE 0 END AS indexedViews`;

export function anyRowSql(table: string): string {
  return `SELECT COUNT(*) AS n FROM (SELECT TOP (1) 1 AS one FROM ${table}) AS few`;
}

/** The stage has a column that the live table lacks or has with another type. @stage, @live: quoted. */
export const RESHAPED = `
SELECT COUNT(*) AS n
  FROM sys.columns AS staged
  LEFT JOIN sys.columns AS live
    ON live.object_id = OBJECT_ID(@live) AND live.name = staged.name
 WHERE staged.object_id = OBJECT_ID(@stage) AND staged.is_computed = 0
   AND (live.column_id IS NULL OR live.system_type_id <> staged.system_type_id
        OR live.max_length <> staged.max_length OR live.[precision] <> staged.[precision]
        OR live.scale <> staged.scale
        OR ISNULL(live.collation_name, N'') <> ISNULL(staged.collation_name, N''))`;
