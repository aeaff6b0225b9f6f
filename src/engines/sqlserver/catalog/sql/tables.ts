import { wantedIds, WANTED_NAMES } from './wanted.js';

/** Tables of users, or (@names) those with these names, wherever they are. */
export const TABLES = `
SELECT t.object_id AS id,
       s.name AS [schema],
       t.name AS [table],
       CONVERT(nvarchar(30), t.create_date, 126) AS created,
       t.temporal_type AS temporal,
       t.is_memory_optimized AS memoryOptimized,
       t.is_external AS isExternal,
       t.is_filetable AS fileTable,
       t.is_tracked_by_cdc AS cdc,
       CASE WHEN ct.object_id IS NULL THEN 0 ELSE 1 END AS changeTracking,
       HAS_PERMS_BY_NAME(QUOTENAME(s.name) + N'.' + QUOTENAME(t.name), N'OBJECT', N'SELECT')
         AS maySelect,
       HAS_PERMS_BY_NAME(QUOTENAME(s.name) + N'.' + QUOTENAME(t.name), N'OBJECT', N'VIEW DEFINITION')
         AS mayViewDefinition,
       HAS_PERMS_BY_NAME(QUOTENAME(s.name) + N'.' + QUOTENAME(t.name), N'OBJECT', N'VIEW CHANGE TRACKING')
         AS mayViewChanges,
       HAS_PERMS_BY_NAME(NULL, N'DATABASE', N'UNMASK') AS mayUnmask
  FROM sys.tables AS t
  JOIN sys.schemas AS s ON s.schema_id = t.schema_id
  LEFT JOIN sys.change_tracking_tables AS ct ON ct.object_id = t.object_id
 WHERE t.is_ms_shipped = 0
   AND ${WANTED_NAMES}
   AND (@names IS NOT NULL
        OR (s.name NOT IN (N'sluice', N'cdc') AND LEFT(s.name, 13) <> N'sluice_stage_'))
 ORDER BY s.name, t.name`;

/** From SQL Server 2017 on. */
export const GRAPH_TABLES = `
SELECT t.object_id AS id
  FROM sys.tables AS t
 WHERE t.is_node = 1 OR t.is_edge = 1`;

/**
 * From SQL Server 2022 on; others refuse the column
 * (test/conformance/sqlserver/catalogue-columns: "sys.tables.ledger_type from SQL Server 2022 on").
 */
export const LEDGER_TABLES = `
SELECT t.object_id AS id
  FROM sys.tables AS t
 WHERE t.ledger_type > 0`;

/**
 * Rows and bytes as the server counts them: no scan, and a few percent off at most. Which id pages
 * belong to depends on their kind (sys.allocation_units): a columnstore has only those of type 2.
 */
export const SIZES = `
SELECT p.object_id AS id,
       SUM(p.rows) AS [rows],
       SUM(ISNULL(r.pages, 0) + ISNULL(l.pages, 0)) * 8192 AS bytes
  FROM sys.partitions AS p
  LEFT JOIN (SELECT a.container_id AS id, SUM(a.used_pages) AS pages
               FROM sys.allocation_units AS a
              WHERE a.type IN (1, 3)
              GROUP BY a.container_id) AS r ON r.id = p.hobt_id
  LEFT JOIN (SELECT a.container_id AS id, SUM(a.used_pages) AS pages
               FROM sys.allocation_units AS a
              WHERE a.type = 2
              GROUP BY a.container_id) AS l ON l.id = p.partition_id
 WHERE p.index_id IN (0, 1)
   AND ${wantedIds('p.object_id')}
 GROUP BY p.object_id`;

/**
 * Row-level security: a policy that is on hides rows from the login without saying so
 * (test/conformance/sqlserver/catalogue-meaning: "hide rows: policies, by the tables").
 */
export const FILTERED_TABLES = `
SELECT DISTINCT p.target_object_id AS id
  FROM sys.security_predicates AS p
  JOIN sys.security_policies AS y ON y.object_id = p.object_id
 WHERE y.is_enabled = 1 AND p.predicate_type = 0`;
