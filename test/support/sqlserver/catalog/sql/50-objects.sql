-- Needed by test/conformance/sqlserver/rights: "sees only what it has a right on".
-- Needed by test/conformance/sqlserver/catalogue-meaning: "lead from an alias to the type below it".
CREATE TABLE ms.system_types (
  name text PRIMARY KEY,
  system_id integer NOT NULL,
  user_id integer NOT NULL,
  length integer NOT NULL,
  precision integer NOT NULL,
  scale integer NOT NULL,
  text boolean NOT NULL
);
INSERT INTO ms.system_types VALUES
  ('image', 34, 34, 16, 0, 0, false), ('text', 35, 35, 16, 0, 0, true),
  ('uniqueidentifier', 36, 36, 16, 0, 0, false), ('date', 40, 40, 3, 10, 0, false),
  ('time', 41, 41, 5, 16, 7, false), ('datetime2', 42, 42, 8, 27, 7, false),
  ('datetimeoffset', 43, 43, 10, 34, 7, false), ('tinyint', 48, 48, 1, 3, 0, false),
  ('smallint', 52, 52, 2, 5, 0, false), ('int', 56, 56, 4, 10, 0, false),
  ('smalldatetime', 58, 58, 4, 16, 0, false), ('real', 59, 59, 4, 24, 0, false),
  ('money', 60, 60, 8, 19, 4, false), ('datetime', 61, 61, 8, 23, 3, false),
  ('float', 62, 62, 8, 53, 0, false), ('sql_variant', 98, 98, 8016, 0, 0, false),
  ('ntext', 99, 99, 16, 0, 0, true), ('bit', 104, 104, 1, 1, 0, false),
  ('decimal', 106, 106, 17, 38, 38, false), ('numeric', 108, 108, 17, 38, 38, false),
  ('smallmoney', 122, 122, 4, 10, 4, false), ('bigint', 127, 127, 8, 19, 0, false),
  ('hierarchyid', 240, 128, 892, 0, 0, false), ('geometry', 240, 129, -1, 0, 0, false),
  ('geography', 240, 130, -1, 0, 0, false), ('varbinary', 165, 165, 8000, 0, 0, false),
  ('varchar', 167, 167, 8000, 0, 0, true), ('binary', 173, 173, 8000, 0, 0, false),
  ('char', 175, 175, 8000, 0, 0, true), ('timestamp', 189, 189, 8, 0, 0, false),
  ('nvarchar', 231, 231, 8000, 0, 0, true), ('nchar', 239, 239, 8000, 0, 0, true),
  ('xml', 241, 241, -1, 0, 0, false), ('sysname', 231, 256, 256, 0, 0, true);

CREATE VIEW sys.databases AS
  SELECT here.id AS db, d.name::ms.sysname AS name, d.id AS database_id, NULL::integer AS source_database_id,
    '\x01'::ms.varbinary_85 AS owner_sid, d.created::ms.datetime AS create_date,
    d.compatibility::ms.tinyint AS compatibility_level, d.coll::ms.sysname AS collation_name,
    d.single_user::integer::ms.tinyint AS user_access,
    (CASE WHEN d.single_user THEN 'SINGLE_USER' ELSE 'MULTI_USER' END)::ms.nvarchar_60 AS user_access_desc,
    d.read_only::integer::ms.bit AS is_read_only, 0::ms.bit AS is_auto_close_on,
    0::ms.tinyint AS state, 'ONLINE'::ms.nvarchar_60 AS state_desc, 0::ms.bit AS is_in_standby,
    d.snapshot::integer::ms.tinyint AS snapshot_isolation_state,
    (CASE WHEN d.snapshot THEN 'ON' ELSE 'OFF' END)::ms.nvarchar_60 AS snapshot_isolation_state_desc,
    d.read_committed_snapshot::integer::ms.bit AS is_read_committed_snapshot_on,
    (CASE d.recovery_model WHEN 'FULL' THEN 1 WHEN 'BULK_LOGGED' THEN 2 ELSE 3 END)::ms.tinyint AS recovery_model,
    d.recovery_model::ms.nvarchar_60 AS recovery_model_desc,
    0::ms.bit AS is_published, 0::ms.bit AS is_distributor, 0::ms.bit AS is_encrypted,
    d.cdc::integer::ms.bit AS is_cdc_enabled, NULL::ms.uniqueidentifier AS group_database_id,
    NULL::ms.uniqueidentifier AS replica_id, 0::ms.bit AS is_memory_optimized_elevate_to_snapshot_on,
    'NOTHING'::ms.nvarchar_60 AS log_reuse_wait_desc, 0::ms.bit AS is_ledger_on
  FROM ms.databases AS d CROSS JOIN ms.databases AS here;

CREATE VIEW sys.database_recovery_status AS
  SELECT here.id AS db, d.id AS database_id, d.fork::ms.uniqueidentifier AS database_guid,
    d.fork::ms.uniqueidentifier AS family_guid, d.fork::ms.uniqueidentifier AS recovery_fork_guid,
    d.fork::ms.uniqueidentifier AS first_recovery_fork_guid
  FROM ms.databases AS d CROSS JOIN ms.databases AS here;

CREATE VIEW sys.schemas AS
  SELECT s.db, s.name::ms.sysname AS name, s.id AS schema_id, s.owner AS principal_id FROM ms.schemas AS s;

CREATE VIEW sys.types AS
  SELECT d.id AS db, t.name::ms.sysname AS name, t.system_id::ms.tinyint AS system_type_id,
    t.user_id AS user_type_id, 4 AS schema_id, NULL::integer AS principal_id, t.length::smallint AS max_length,
    t.precision::ms.tinyint AS precision, t.scale::ms.tinyint AS scale,
    (CASE WHEN t.text THEN d.coll END)::ms.sysname AS collation_name,
    (t.name <> 'sysname')::integer::ms.bit AS is_nullable, 0::ms.bit AS is_user_defined,
    (t.system_id = 240)::integer::ms.bit AS is_assembly_type, 0 AS default_object_id, 0 AS rule_object_id,
    0::ms.bit AS is_table_type
  FROM ms.system_types AS t CROSS JOIN ms.databases AS d
  UNION ALL
  SELECT t.db, t.name::ms.sysname, (CASE WHEN t.assembly THEN 240 ELSE b.system_id END)::ms.tinyint, t.id, t.schema_id, NULL, t.length::smallint,
    t.precision::ms.tinyint, t.scale::ms.tinyint, t.coll::ms.sysname, t.nullable::integer::ms.bit, 1::ms.bit,
    t.assembly::integer::ms.bit, 0, 0, 0::ms.bit
  FROM ms.types AS t JOIN ms.system_types AS b ON b.name = t.base;

CREATE FUNCTION ms.type_desc(type text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE rtrim(type) WHEN 'U' THEN 'USER_TABLE' WHEN 'V' THEN 'VIEW' WHEN 'P' THEN 'SQL_STORED_PROCEDURE'
    WHEN 'FN' THEN 'SQL_SCALAR_FUNCTION' WHEN 'IF' THEN 'SQL_INLINE_TABLE_VALUED_FUNCTION'
    WHEN 'TF' THEN 'SQL_TABLE_VALUED_FUNCTION' WHEN 'TR' THEN 'SQL_TRIGGER' WHEN 'D' THEN 'DEFAULT_CONSTRAINT'
    WHEN 'C' THEN 'CHECK_CONSTRAINT' WHEN 'F' THEN 'FOREIGN_KEY_CONSTRAINT' WHEN 'PK' THEN 'PRIMARY_KEY_CONSTRAINT'
    WHEN 'UQ' THEN 'UNIQUE_CONSTRAINT' WHEN 'SO' THEN 'SEQUENCE_OBJECT'
    WHEN 'SP' THEN 'SECURITY_POLICY' END $$;

-- A login sees an object that it has any right on.
CREATE VIEW ms.visible_objects AS
  SELECT o.* FROM ms.objects AS o
  WHERE (o.spid IS NULL OR o.spid = ms.spid())
    AND ((SELECT ms.sysadmin()) OR ms.visible(o.db, CASE WHEN o.parent = 0 THEN o.id ELSE o.parent END));

CREATE VIEW sys.objects AS
  SELECT o.db, o.name::ms.sysname AS name, o.id AS object_id, NULL::integer AS principal_id, o.schema_id,
    o.parent AS parent_object_id, rpad(o.type, 2)::ms.char_2 AS type,
    ms.type_desc(o.type)::ms.nvarchar_60 AS type_desc, o.created::ms.datetime AS create_date,
    o.modified::ms.datetime AS modify_date, o.shipped::integer::ms.bit AS is_ms_shipped,
    0::ms.bit AS is_published, 0::ms.bit AS is_schema_published
  FROM ms.visible_objects AS o;

CREATE VIEW sys.all_objects AS SELECT * FROM sys.objects;

CREATE VIEW sys.tables AS
  SELECT o.*, 1 AS lob_data_space_id, NULL::integer AS filestream_data_space_id,
    (SELECT max(c.id) FROM ms.columns AS c WHERE c.object_id = t.id) AS max_column_id_used,
    0::ms.bit AS lock_on_bulk_load, 1::ms.bit AS uses_ansi_nulls, 0::ms.bit AS is_replicated,
    0::ms.bit AS has_replication_filter, 0::ms.bit AS is_merge_published, 0::ms.bit AS is_sync_tran_subscribed,
    0::ms.bit AS has_unchecked_assembly_data, 0 AS text_in_row_limit,
    0::ms.bit AS large_value_types_out_of_row, t.cdc::integer::ms.bit AS is_tracked_by_cdc,
    (CASE t.options->>'LOCK_ESCALATION' WHEN 'DISABLE' THEN 1 WHEN 'AUTO' THEN 2 ELSE 0 END)::ms.tinyint
      AS lock_escalation,
    coalesce(t.options->>'LOCK_ESCALATION', 'TABLE')::ms.nvarchar_60 AS lock_escalation_desc,
    (coalesce(t.options->>'AS', '') = 'FILETABLE')::integer::ms.bit AS is_filetable,
    (coalesce(t.options->>'MEMORY_OPTIMIZED', '') = 'ON')::integer::ms.bit AS is_memory_optimized,
    0::ms.tinyint AS durability,
    (CASE WHEN t.options->>'SYSTEM_VERSIONING' = 'ON' THEN 2 WHEN t.options->>'AS' = 'HISTORY' THEN 1 ELSE 0 END)::ms.tinyint
      AS temporal_type,
    (CASE WHEN t.options->>'SYSTEM_VERSIONING' = 'ON' THEN 'SYSTEM_VERSIONED_TEMPORAL_TABLE'
      WHEN t.options->>'AS' = 'HISTORY' THEN 'HISTORY_TABLE' ELSE 'NON_TEMPORAL_TABLE' END)::ms.nvarchar_60
      AS temporal_type_desc,
    (t.options->>'history')::integer AS history_table_id, 0::ms.bit AS is_remote_data_archive_enabled,
    (coalesce(t.options->>'AS', '') = 'EXTERNAL')::integer::ms.bit AS is_external,
    (coalesce(t.options->>'AS', '') = 'NODE')::integer::ms.bit AS is_node,
    (coalesce(t.options->>'AS', '') = 'EDGE')::integer::ms.bit AS is_edge, 0::ms.tinyint AS ledger_type
  FROM sys.objects AS o JOIN ms.tables AS t ON t.id = o.object_id WHERE o.type = 'U ';

CREATE VIEW sys.views AS
  SELECT o.*, 0::ms.bit AS is_replicated, 0::ms.bit AS has_replication_filter, 0::ms.bit AS with_check_option
  FROM sys.objects AS o WHERE o.type = 'V ';

CREATE VIEW sys.procedures AS SELECT o.* FROM sys.objects AS o WHERE o.type = 'P ';

-- Text is hidden from who may not VIEW DEFINITION.
CREATE VIEW sys.sql_modules AS
  SELECT o.db, o.id AS object_id,
    (CASE WHEN NOT m.encrypted AND ((SELECT ms.sysadmin()) OR ms.may(o.db, o.id, 'VIEW DEFINITION')) THEN m.definition END)::ms.nvarchar_max
      AS definition,
    1::ms.bit AS uses_ansi_nulls, 1::ms.bit AS uses_quoted_identifier,
    m.bound::integer::ms.bit AS is_schema_bound, 0::ms.bit AS uses_database_collation,
    0::ms.bit AS is_recompiled, 0::ms.bit AS null_on_null_input, NULL::integer AS execute_as_principal_id
  FROM ms.visible_objects AS o JOIN ms.modules AS m ON m.id = o.id;

CREATE VIEW sys.triggers AS
  SELECT o.db, o.name::ms.sysname AS name, o.id AS object_id, 1::ms.tinyint AS parent_class,
    'OBJECT_OR_COLUMN'::ms.nvarchar_60 AS parent_class_desc, o.parent AS parent_id, 'TR'::ms.char_2 AS type,
    'SQL_TRIGGER'::ms.nvarchar_60 AS type_desc, o.created::ms.datetime AS create_date,
    o.modified::ms.datetime AS modify_date, o.shipped::integer::ms.bit AS is_ms_shipped,
    m.disabled::integer::ms.bit AS is_disabled, 0::ms.bit AS is_not_for_replication,
    m.instead_of::integer::ms.bit AS is_instead_of_trigger
  FROM ms.visible_objects AS o JOIN ms.modules AS m ON m.id = o.id WHERE o.type = 'TR';

CREATE VIEW sys.trigger_events AS
  SELECT t.db, t.object_id, e.type, e.name::ms.nvarchar_60 AS type_desc, 0::ms.bit AS is_first, 0::ms.bit AS is_last
  FROM sys.triggers AS t JOIN ms.modules AS m ON m.id = t.object_id
  JOIN (VALUES (1, 'INSERT'), (2, 'UPDATE'), (3, 'DELETE')) AS e (type, name)
    ON strpos(m.events, lower(e.name)) > 0;

CREATE VIEW sys.sql_expression_dependencies AS
  SELECT o.db, d.referencing AS referencing_id, 0 AS referencing_minor_id, 1::ms.tinyint AS referencing_class,
    1::ms.tinyint AS referenced_class, d.referenced AS referenced_id, 0 AS referenced_minor_id,
    s.name::ms.sysname AS referenced_schema_name, r.name::ms.sysname AS referenced_entity_name,
    NULL::ms.sysname AS referenced_database_name, 0::ms.bit AS is_schema_bound_reference
  FROM ms.dependencies AS d JOIN ms.objects AS o ON o.id = d.referencing
  JOIN ms.objects AS r ON r.id = d.referenced JOIN ms.schemas AS s ON s.db = r.db AND s.id = r.schema_id;

CREATE VIEW sys.sequences AS
  SELECT o.*, ms.variant(q.start_value, q.type)::ms.sql_variant AS start_value,
    ms.variant(q.increment, q.type)::ms.sql_variant AS increment,
    ms.variant(q.minimum, q.type)::ms.sql_variant AS minimum_value,
    ms.variant(q.maximum, q.type)::ms.sql_variant AS maximum_value,
    q.cycling::integer::ms.bit AS is_cycling, (q.cache IS DISTINCT FROM -1)::integer::ms.bit AS is_cached,
    nullif(nullif(q.cache, -1), 0) AS cache_size, t.system_id::ms.tinyint AS system_type_id,
    t.user_id AS user_type_id, q.precision::ms.tinyint AS precision, 0::ms.tinyint AS scale,
    ms.variant(coalesce(ms.sequence_value(o.object_id)::text, q.start_value), q.type)::ms.sql_variant
      AS current_value,
    0::ms.bit AS is_exhausted
  FROM sys.objects AS o JOIN ms.sequences AS q ON q.id = o.object_id
  JOIN ms.system_types AS t ON t.name = q.type;

CREATE VIEW sys.extended_properties AS
  SELECT p.db, p.class::ms.tinyint AS class,
    (CASE p.class WHEN 0 THEN 'DATABASE' WHEN 1 THEN 'OBJECT_OR_COLUMN' WHEN 3 THEN 'SCHEMA' WHEN 7 THEN 'INDEX' END)
      ::ms.nvarchar_60 AS class_desc,
    p.major_id, p.minor_id, p.name::ms.sysname AS name, p.value::ms.sql_variant AS value
  FROM ms.properties AS p;

CREATE VIEW sys.security_policies AS
  SELECT o.*, p.enabled::integer::ms.bit AS is_enabled
  FROM sys.objects AS o JOIN (SELECT DISTINCT id, enabled FROM ms.policies) AS p ON p.id = o.object_id;
CREATE VIEW sys.security_predicates AS
  SELECT o.db, o.object_id, p.target AS target_object_id, 0 AS predicate_type
  FROM sys.objects AS o JOIN ms.policies AS p ON p.id = o.object_id;
