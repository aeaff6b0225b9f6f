-- Needed by test/conformance/sqlserver/catalogue-meaning: "count max_length in bytes".
-- Needed by test/conformance/sqlserver/catalogue-meaning: "have definitions in brackets".
CREATE VIEW sys.columns AS
  SELECT o.db, c.object_id, c.name::ms.sysname AS name, c.id AS column_id, coalesce(y.system_id, t.system_id)::ms.tinyint AS system_type_id,
    coalesce(c.alias, t.user_id) AS user_type_id, c.length::smallint AS max_length,
    c.precision::ms.tinyint AS precision, c.scale::ms.tinyint AS scale, c.coll::ms.sysname AS collation_name,
    c.nullable::integer::ms.bit AS is_nullable, 1::ms.bit AS is_ansi_padded,
    c.row_guid::integer::ms.bit AS is_rowguidcol, (c.seed IS NOT NULL)::integer::ms.bit AS is_identity,
    (c.computed IS NOT NULL)::integer::ms.bit AS is_computed, (c.marks ? 'filestream')::integer::ms.bit AS is_filestream,
    0::ms.bit AS is_replicated, 0::ms.bit AS is_non_sql_subscribed, 0::ms.bit AS is_merge_published,
    0::ms.bit AS is_dts_replicated, 0::ms.bit AS is_xml_document, 0 AS xml_collection_id,
    c.default_id AS default_object_id, 0 AS rule_object_id, c.sparse::integer::ms.bit AS is_sparse,
    0::ms.bit AS is_column_set,
    (CASE c.marks->>'period' WHEN 'START' THEN 1 WHEN 'END' THEN 2 ELSE 0 END)::ms.tinyint AS generated_always_type,
    (CASE c.marks->>'period' WHEN 'START' THEN 'AS_ROW_START' WHEN 'END' THEN 'AS_ROW_END' ELSE 'NOT_APPLICABLE' END)::ms.nvarchar_60
      AS generated_always_type_desc,
    CASE c.marks->>'encrypted' WHEN 'DETERMINISTIC' THEN 1 WHEN 'RANDOMIZED' THEN 2 END AS encryption_type,
    (c.marks->>'encrypted')::ms.nvarchar_60 AS encryption_type_desc, (c.marks ? 'hidden')::integer::ms.bit AS is_hidden,
    (c.masked IS NOT NULL)::integer::ms.bit AS is_masked, NULL::integer AS graph_type
  FROM ms.columns AS c JOIN ms.visible_objects AS o ON o.id = c.object_id
  JOIN ms.system_types AS t ON t.name = c.type
  LEFT JOIN LATERAL (SELECT 240 AS system_id FROM ms.types AS a WHERE a.db = o.db AND a.id = c.alias AND a.assembly) AS y ON true;

CREATE VIEW sys.all_columns AS SELECT * FROM sys.columns;

CREATE VIEW sys.identity_columns AS
  SELECT c.*, ms.variant(i.seed, i.type)::ms.sql_variant AS seed_value,
    ms.variant(i.increment, i.type)::ms.sql_variant AS increment_value,
    ms.variant(ms.identity_value(i.object_id)::text, i.type)::ms.sql_variant AS last_value,
    i.not_for_replication::integer::ms.bit AS is_not_for_replication
  FROM sys.columns AS c JOIN ms.columns AS i ON i.object_id = c.object_id AND i.id = c.column_id
  WHERE i.seed IS NOT NULL;

CREATE VIEW sys.computed_columns AS
  SELECT c.*, (CASE WHEN (SELECT ms.sysadmin()) OR ms.may(c.db, c.object_id, 'VIEW DEFINITION') THEN i.computed END)::ms.nvarchar_max AS definition,
    0::ms.bit AS uses_database_collation, i.persisted::integer::ms.bit AS is_persisted
  FROM sys.columns AS c JOIN ms.columns AS i ON i.object_id = c.object_id AND i.id = c.column_id
  WHERE i.computed IS NOT NULL;

CREATE VIEW sys.masked_columns AS
  SELECT c.*, i.masked::ms.nvarchar_max AS masking_function
  FROM sys.columns AS c JOIN ms.columns AS i ON i.object_id = c.object_id AND i.id = c.column_id
  WHERE i.masked IS NOT NULL;

CREATE VIEW sys.default_constraints AS
  SELECT o.*, d.column_id AS parent_column_id,
    (CASE WHEN (SELECT ms.sysadmin()) OR ms.may(o.db, o.parent_object_id, 'VIEW DEFINITION') THEN d.definition END)::ms.nvarchar_max AS definition,
    x.system_named::integer::ms.bit AS is_system_named
  FROM sys.objects AS o JOIN ms.definitions AS d ON d.id = o.object_id JOIN ms.objects AS x ON x.id = o.object_id
  WHERE o.type = 'D ';

CREATE VIEW sys.check_constraints AS
  SELECT o.*, d.disabled::integer::ms.bit AS is_disabled, d.not_for_replication::integer::ms.bit AS is_not_for_replication,
    d.not_trusted::integer::ms.bit AS is_not_trusted, d.column_id AS parent_column_id,
    (CASE WHEN (SELECT ms.sysadmin()) OR ms.may(o.db, o.parent_object_id, 'VIEW DEFINITION') THEN d.definition END)::ms.nvarchar_max AS definition,
    0::ms.bit AS uses_database_collation, x.system_named::integer::ms.bit AS is_system_named
  FROM sys.objects AS o JOIN ms.definitions AS d ON d.id = o.object_id JOIN ms.objects AS x ON x.id = o.object_id
  WHERE o.type = 'C ';

CREATE VIEW sys.key_constraints AS
  SELECT o.*, i.id AS unique_index_id, x.system_named::integer::ms.bit AS is_system_named, 1::ms.bit AS is_enforced
  FROM sys.objects AS o JOIN ms.indexes AS i ON i.constraint_id = o.object_id
  JOIN ms.objects AS x ON x.id = o.object_id;

CREATE FUNCTION ms.action_desc(action integer) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT (ARRAY['NO_ACTION', 'CASCADE', 'SET_NULL', 'SET_DEFAULT'])[action + 1] $$;

CREATE VIEW sys.foreign_keys AS
  SELECT o.*, f.referenced AS referenced_object_id, f.index_id AS key_index_id,
    f.disabled::integer::ms.bit AS is_disabled, f.not_for_replication::integer::ms.bit AS is_not_for_replication,
    f.not_trusted::integer::ms.bit AS is_not_trusted, f.on_delete::ms.tinyint AS delete_referential_action,
    ms.action_desc(f.on_delete)::ms.nvarchar_60 AS delete_referential_action_desc,
    f.on_update::ms.tinyint AS update_referential_action,
    ms.action_desc(f.on_update)::ms.nvarchar_60 AS update_referential_action_desc,
    x.system_named::integer::ms.bit AS is_system_named
  FROM sys.objects AS o JOIN ms.foreign_keys AS f ON f.id = o.object_id JOIN ms.objects AS x ON x.id = o.object_id;

CREATE VIEW sys.foreign_key_columns AS
  SELECT o.db, f.id AS constraint_object_id, c.ordinal AS constraint_column_id, f.parent AS parent_object_id,
    c.parent_column AS parent_column_id, f.referenced AS referenced_object_id,
    c.referenced_column AS referenced_column_id
  FROM ms.foreign_keys AS f JOIN ms.foreign_key_columns AS c ON c.id = f.id JOIN ms.objects AS o ON o.id = f.id;
