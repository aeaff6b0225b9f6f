/**
 * The schemas of roles have higher numbers
 * (test/conformance/sqlserver/catalogue-meaning: "are of users where schema_id is below 16384").
 */
export const SCHEMAS = `
SELECT s.name AS name
  FROM sys.schemas AS s
 WHERE s.schema_id < 16384
 ORDER BY s.name`;

/** Alias types; table types and CLR types are not among them. */
export const ALIAS_TYPES = `
SELECT ty.user_type_id AS id,
       s.name AS [schema],
       ty.name AS name,
       base.name AS typeName,
       ty.max_length AS maxLength,
       ty.[precision] AS [precision],
       ty.scale AS scale,
       ty.is_nullable AS nullable
  FROM sys.types AS ty
  JOIN sys.schemas AS s ON s.schema_id = ty.schema_id
  JOIN sys.types AS base ON base.user_type_id = ty.system_type_id
 WHERE ty.is_user_defined = 1 AND ty.is_table_type = 0 AND ty.is_assembly_type = 0
 ORDER BY s.name, ty.name`;

export const SEQUENCES = `
SELECT q.object_id AS id,
       s.name AS [schema],
       q.name AS name,
       ty.name AS typeName,
       q.[precision] AS [precision],
       CONVERT(nvarchar(40), q.start_value) AS startValue,
       CONVERT(nvarchar(40), q.increment) AS increment,
       CONVERT(nvarchar(40), q.minimum_value) AS minimum,
       CONVERT(nvarchar(40), q.maximum_value) AS maximum,
       CONVERT(nvarchar(40), q.current_value) AS currentValue,
       q.is_cycling AS cycling,
       q.is_cached AS cached,
       q.cache_size AS cacheSize
  FROM sys.sequences AS q
  JOIN sys.schemas AS s ON s.schema_id = q.schema_id
  JOIN sys.types AS ty ON ty.user_type_id = q.system_type_id
 WHERE s.name <> N'sluice'
 ORDER BY s.name, q.name`;

/**
 * Views, procedures and functions in T-SQL. The name is the catalogue's: after sp_rename the text
 * still has the old one. No text: encrypted, or hidden from a login without VIEW DEFINITION.
 */
export const MODULES = `
SELECT o.object_id AS id,
       s.name AS [schema],
       o.name AS name,
       RTRIM(o.type) AS kind,
       m.definition AS definition,
       OBJECTPROPERTY(o.object_id, 'IsEncrypted') AS encrypted,
       m.uses_ansi_nulls AS ansiNulls,
       m.uses_quoted_identifier AS quotedIdentifier
  FROM sys.objects AS o
  JOIN sys.schemas AS s ON s.schema_id = o.schema_id
  JOIN sys.sql_modules AS m ON m.object_id = o.object_id
 WHERE o.is_ms_shipped = 0 AND o.type IN ('V', 'P', 'FN', 'IF', 'TF') AND s.name <> N'sluice'
 ORDER BY s.name, o.name`;

/**
 * Which object needs which other to exist; what a constraint needs, its table needs. An expression
 * that names something in another database, or that is not there, has no number and no row.
 */
export const DEPENDENCIES = `
SELECT DISTINCT
       CASE WHEN o.parent_object_id = 0 THEN o.object_id ELSE o.parent_object_id END AS [from],
       d.referenced_id AS [to]
  FROM sys.sql_expression_dependencies AS d
  JOIN sys.objects AS o ON o.object_id = d.referencing_id
 WHERE d.referencing_class = 1 AND d.referenced_class = 1 AND d.referenced_id IS NOT NULL`;
