-- Needed by test/conformance/sqlserver/catalogue-meaning: "tell key columns from included ones".
-- Needed by test/conformance/sqlserver/catalogue-meaning: "are numbered from 1 in the order of the boundaries".
CREATE VIEW sys.indexes AS
  SELECT o.db, i.object_id, i.name::ms.sysname AS name, i.id AS index_id, i.type::ms.tinyint AS type,
    (CASE i.type WHEN 0 THEN 'HEAP' WHEN 1 THEN 'CLUSTERED' WHEN 2 THEN 'NONCLUSTERED'
      WHEN 5 THEN 'CLUSTERED COLUMNSTORE' WHEN 6 THEN 'NONCLUSTERED COLUMNSTORE' END)::ms.nvarchar_60 AS type_desc,
    i.is_unique::integer::ms.bit AS is_unique, i.space AS data_space_id,
    i.ignore_dup_key::integer::ms.bit AS ignore_dup_key, i.is_primary::integer::ms.bit AS is_primary_key,
    (i.constraint_id IS NOT NULL AND NOT i.is_primary)::integer::ms.bit AS is_unique_constraint,
    i.fill_factor::ms.tinyint AS fill_factor, i.padded::integer::ms.bit AS is_padded,
    i.disabled::integer::ms.bit AS is_disabled, 0::ms.bit AS is_hypothetical,
    i.row_locks::integer::ms.bit AS allow_row_locks, i.page_locks::integer::ms.bit AS allow_page_locks,
    (i.filter IS NOT NULL)::integer::ms.bit AS has_filter, i.filter::ms.nvarchar_max AS filter_definition,
    NULL::integer AS compression_delay, 0::ms.bit AS suppress_dup_key_messages, 0::ms.bit AS auto_created
  FROM ms.indexes AS i JOIN ms.visible_objects AS o ON o.id = i.object_id;

CREATE VIEW sys.index_columns AS
  SELECT o.db, x.object_id, x.index_id, x.id AS index_column_id, x.column_id,
    x.key_ordinal::ms.tinyint AS key_ordinal, x.partition_ordinal::ms.tinyint AS partition_ordinal,
    x.descending::integer::ms.bit AS is_descending_key, x.included::integer::ms.bit AS is_included_column,
    0::ms.tinyint AS column_store_order_ordinal
  FROM ms.index_columns AS x JOIN ms.visible_objects AS o ON o.id = x.object_id;

CREATE VIEW sys.stats AS
  SELECT i.db, i.object_id, i.name, i.index_id AS stats_id, 0::ms.bit AS auto_created,
    0::ms.bit AS user_created, 0::ms.bit AS no_recompute, i.has_filter, i.filter_definition
  FROM sys.indexes AS i WHERE i.index_id > 0;

CREATE VIEW sys.data_spaces AS
  SELECT f.db, f.name::ms.sysname AS name, f.id AS data_space_id, 'FG'::ms.char_2 AS type,
    'ROWS_FILEGROUP'::ms.nvarchar_60 AS type_desc, (f.id = 1)::integer::ms.bit AS is_default,
    0::ms.bit AS is_system
  FROM ms.filegroups AS f
  UNION ALL
  SELECT p.db, p.name::ms.sysname, p.id, 'PS'::ms.char_2, 'PARTITION_SCHEME'::ms.nvarchar_60, 0::ms.bit, 0::ms.bit
  FROM ms.partition_schemes AS p;

CREATE VIEW sys.filegroups AS
  SELECT d.*, NULL::ms.uniqueidentifier AS filegroup_guid, 0::ms.bit AS is_read_only
  FROM sys.data_spaces AS d WHERE d.type = 'FG';

CREATE VIEW sys.partition_functions AS
  SELECT f.db, f.name::ms.sysname AS name, f.id AS function_id, 'R '::ms.char_2 AS type,
    'RANGE'::ms.nvarchar_60 AS type_desc,
    1 + (SELECT count(*)::integer FROM ms.boundaries AS b WHERE b.function_id = f.id) AS fanout,
    f.is_right::integer::ms.bit AS boundary_value_on_right, 0::ms.bit AS is_system,
    f.created::ms.datetime AS create_date, f.created::ms.datetime AS modify_date
  FROM ms.partition_functions AS f;

CREATE VIEW sys.partition_parameters AS
  SELECT f.db, f.id AS function_id, 1 AS parameter_id, t.system_id::ms.tinyint AS system_type_id,
    f.length::smallint AS max_length, f.precision::ms.tinyint AS precision, f.scale::ms.tinyint AS scale,
    f.coll::ms.sysname AS collation_name, t.user_id AS user_type_id
  FROM ms.partition_functions AS f JOIN ms.system_types AS t ON t.name = f.type;

CREATE VIEW sys.partition_range_values AS
  SELECT f.db, f.id AS function_id, b.n AS boundary_id, 1 AS parameter_id,
    ss.variant(b.value, f.type, f.length, f.precision, f.scale, f.coll)::ms.sql_variant AS value
  FROM ms.partition_functions AS f JOIN ms.boundaries AS b ON b.function_id = f.id;

CREATE VIEW sys.partition_schemes AS
  SELECT d.*, p.function_id
  FROM sys.data_spaces AS d JOIN ms.partition_schemes AS p ON p.id = d.data_space_id AND p.db = d.db;

CREATE VIEW sys.destination_data_spaces AS
  SELECT p.db, d.scheme_id AS partition_scheme_id, d.n AS destination_id, d.filegroup AS data_space_id
  FROM ms.destinations AS d JOIN ms.partition_schemes AS p ON p.id = d.scheme_id
  UNION ALL
  SELECT p.db, p.id, 1 + (SELECT max(d.n) FROM ms.destinations AS d WHERE d.scheme_id = p.id), p.next_used
  FROM ms.partition_schemes AS p WHERE p.next_used IS NOT NULL;

CREATE FUNCTION ms.boundary(f ms.partition_functions, value text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN f.type = 'datetimeoffset' THEN format('left(%L, 27)', value)
    ELSE format('%L::%s', value, f.pg_type) END $$;

-- The rows of one partition of a function; `col` is an expression of PostgreSQL.
CREATE FUNCTION ms.partition_predicate(col text, fn integer, partition integer) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN low.value IS NULL AND high.value IS NULL THEN 'true'
    ELSE concat_ws(' AND ',
      CASE WHEN low.n IS NOT NULL THEN format('%s %s %s', col, CASE WHEN f.is_right THEN '>=' ELSE '>' END, ms.boundary(f, low.value)) END,
      CASE WHEN high.n IS NOT NULL THEN
        format(CASE WHEN partition = 1 THEN '(%1$s %2$s %3$s OR %1$s IS NULL)' ELSE '%1$s %2$s %3$s' END,
          col, CASE WHEN f.is_right THEN '<' ELSE '<=' END, ms.boundary(f, high.value)) END) END
  FROM ms.partition_functions AS f
  LEFT JOIN ms.boundaries AS low ON low.function_id = f.id AND low.n = partition - 1
  LEFT JOIN ms.boundaries AS high ON high.function_id = f.id AND high.n = partition
  WHERE f.id = fn $$;

-- The partition function of an index, and the column it goes by, as PostgreSQL compares it.
CREATE FUNCTION ms.partition_key(object integer, index integer) RETURNS TABLE (fn integer, col text, column_id integer)
LANGUAGE sql STABLE ROWS 1 AS $$
  SELECT p.function_id, CASE WHEN c.type = 'datetimeoffset' THEN format('left(c%s, 27)', c.id) ELSE 'c' || c.id END, c.id
  FROM ms.indexes AS i JOIN ms.partition_schemes AS p ON p.id = i.space
  JOIN ms.index_columns AS x ON x.object_id = i.object_id AND x.index_id = i.id AND x.partition_ordinal = 1
  JOIN ms.columns AS c ON c.object_id = x.object_id AND c.id = x.column_id
  WHERE i.object_id = object AND i.id = index $$;

CREATE FUNCTION ms.relation(object integer) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN o.spid IS NULL THEN 'd' || o.db ELSE 'pg_temp' END || '.t' || o.id
  FROM ms.objects AS o WHERE o.id = object $$;

CREATE FUNCTION ms.count_rows(object integer, predicate text) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  n bigint;
BEGIN
  EXECUTE format('SELECT count(*) FROM %s WHERE %s', ms.relation(object), predicate) INTO n;
  RETURN n;
EXCEPTION WHEN undefined_table THEN
  -- Dropped by another session since this statement began.
  RETURN 0;
END $$;

-- Sch-M on every table of a partition function. One that another session drops while this waits for
-- it needs no lock any more.
CREATE FUNCTION ms.lock_tables_of_function(function integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  relation text;
BEGIN
  FOR relation IN SELECT DISTINCT ms.relation(i.object_id) FROM ms.indexes AS i
      JOIN ms.partition_schemes AS s ON s.id = i.space WHERE s.function_id = function LOOP
    BEGIN
      EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', relation);
    EXCEPTION WHEN undefined_table THEN
      NULL;
    END;
  END LOOP;
END $$;

CREATE VIEW sys.partitions AS
  SELECT i.db, (i.object_id::bigint * 1048576 + i.index_id * 32768 + p.n) AS partition_id, i.object_id, i.index_id,
    p.n AS partition_number, (i.object_id::bigint * 1048576 + i.index_id * 32768 + p.n + 72057594037927936) AS hobt_id,
    ms.count_rows(i.object_id, coalesce(ms.partition_predicate(k.col, k.fn, p.n), 'true')) AS rows,
    0::smallint AS filestream_filegroup_id,
    coalesce(one.level, every.level, CASE WHEN i.type IN (5, 6) THEN 3 ELSE 0 END)::ms.tinyint AS data_compression,
    (ARRAY['NONE', 'ROW', 'PAGE', 'COLUMNSTORE', 'COLUMNSTORE_ARCHIVE'])[1 + coalesce(one.level, every.level,
      CASE WHEN i.type IN (5, 6) THEN 3 ELSE 0 END)]::ms.nvarchar_60 AS data_compression_desc
  FROM sys.indexes AS i
  LEFT JOIN LATERAL ms.partition_key(i.object_id, i.index_id) AS k ON true
  CROSS JOIN LATERAL generate_series(1,
    coalesce((SELECT 1 + count(*)::integer FROM ms.boundaries AS b WHERE b.function_id = k.fn), 1)) AS p (n)
  LEFT JOIN ms.compression AS one ON one.object_id = i.object_id AND one.index_id = i.index_id AND one.partition = p.n
  LEFT JOIN ms.compression AS every ON every.object_id = i.object_id AND every.index_id = i.index_id AND every.partition = 0;

-- Segments of a columnstore are LOB pages, which belong to the partition; pages of rows to its heap or tree.
CREATE VIEW sys.allocation_units AS
  SELECT p.db, p.partition_id AS allocation_unit_id,
    CASE WHEN p.data_compression IN (3, 4) THEN 2 ELSE 1 END::ms.tinyint AS type,
    CASE WHEN p.data_compression IN (3, 4) THEN 'LOB_DATA' ELSE 'IN_ROW_DATA' END::ms.nvarchar_60 AS type_desc,
    CASE WHEN p.data_compression IN (3, 4) THEN p.partition_id ELSE p.hobt_id END AS container_id, 1 AS data_space_id,
    (pg_total_relation_size(ms.relation(p.object_id)::regclass) / 8192) AS total_pages,
    (pg_total_relation_size(ms.relation(p.object_id)::regclass) / 8192) AS used_pages,
    (pg_relation_size(ms.relation(p.object_id)::regclass) / 8192) AS data_pages
  FROM sys.partitions AS p;

CREATE VIEW sys.dm_db_partition_stats AS
  SELECT p.db, p.partition_id, p.object_id, p.index_id, p.partition_number,
    (pg_relation_size(ms.relation(p.object_id)::regclass) / 8192) AS in_row_data_page_count,
    (pg_total_relation_size(ms.relation(p.object_id)::regclass) / 8192) AS used_page_count,
    (pg_total_relation_size(ms.relation(p.object_id)::regclass) / 8192) AS reserved_page_count,
    p.rows AS row_count
  FROM sys.partitions AS p;
