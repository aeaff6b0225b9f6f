import { wantedIds } from './wanted.js';

/**
 * Columns in order; the type of an alias is given by the system type behind it
 * (test/conformance/sqlserver/catalogue-meaning: "lead from an alias to the type below it").
 */
export const COLUMNS = `
SELECT c.object_id AS tableId,
       c.column_id AS id,
       c.name AS name,
       ISNULL(base.name, ty.name) AS typeName,
       ty.is_user_defined AS userDefined,
       ty.is_assembly_type AS isClr,
       ts.name AS typeSchema,
       ty.name AS ownTypeName,
       c.max_length AS maxLength,
       c.[precision] AS [precision],
       c.scale AS scale,
       c.collation_name AS [collation],
       c.is_nullable AS nullable,
       c.is_rowguidcol AS rowGuid,
       c.is_sparse AS sparse,
       c.is_column_set AS columnSet,
       c.is_hidden AS hidden,
       c.is_filestream AS filestream,
       c.generated_always_type AS generatedAlways,
       c.is_masked AS masked,
       CASE WHEN c.encryption_type IS NULL THEN 0 ELSE 1 END AS encrypted,
       c.xml_collection_id AS xmlCollection,
       CONVERT(nvarchar(40), ic.seed_value) AS seed,
       CONVERT(nvarchar(40), ic.increment_value) AS increment,
       CONVERT(nvarchar(40), ic.last_value) AS lastValue,
       ic.is_not_for_replication AS identityNotForReplication,
       c.is_computed AS computed,
       cc.definition AS computedText,
       cc.is_persisted AS persisted,
       c.default_object_id AS defaultId,
       dc.name AS defaultName,
       dc.definition AS defaultText,
       dc.is_system_named AS defaultSystemNamed
  FROM sys.columns AS c
  JOIN sys.tables AS t ON t.object_id = c.object_id
  JOIN sys.types AS ty ON ty.user_type_id = c.user_type_id
  JOIN sys.schemas AS ts ON ts.schema_id = ty.schema_id
  LEFT JOIN sys.types AS base ON base.user_type_id = c.system_type_id
  LEFT JOIN sys.identity_columns AS ic ON ic.object_id = c.object_id AND ic.column_id = c.column_id
  LEFT JOIN sys.computed_columns AS cc ON cc.object_id = c.object_id AND cc.column_id = c.column_id
  LEFT JOIN sys.default_constraints AS dc ON dc.object_id = c.default_object_id
 WHERE t.is_ms_shipped = 0
   AND ${wantedIds('c.object_id')}
 ORDER BY c.object_id, c.column_id`;
