-- sp_cdc_enable_db and its opposite.
CREATE FUNCTION feed.enable_database(place integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  schema integer := nextval('ms.local_ids');
BEGIN
  INSERT INTO ms.schemas (db, id, name, key) VALUES (place, schema, 'cdc', ms.name_key(place, 'cdc'));
  INSERT INTO feed.captured (db, position) VALUES (place, feed.last_version(place));
  UPDATE ms.databases SET cdc = true WHERE id = place;
  PERFORM feed.add_view(place, schema, 'change_tables', ARRAY[['object_id', 'int'], ['version', 'int'],
    ['source_object_id', 'int'], ['capture_instance', 'sysname'], ['start_lsn', 'lsn'], ['end_lsn', 'lsn'],
    ['supports_net_changes', 'bit'], ['has_drop_pending', 'bit'], ['role_name', 'sysname'],
    ['index_name', 'sysname'], ['filegroup_name', 'sysname'], ['create_date', 'datetime'],
    ['partition_switch', 'bit']],
    format('SELECT object_id, 0, source, name, start_lsn, NULL::bytea, net_changes::integer, NULL::integer, role,
      index_name, filegroup, created, partition_switch::integer FROM feed.instances WHERE db = %s', place));
  PERFORM feed.add_view(place, schema, 'captured_columns', ARRAY[['object_id', 'int'],
    ['column_name', 'sysname'], ['column_id', 'int'], ['column_type', 'sysname'], ['column_ordinal', 'int'],
    ['is_computed', 'bit'], ['masking_function', 'nvarchar(max)']],
    format('SELECT c.object_id, c.name, c.column_id, c.type, c.ordinal, c.computed::integer, NULL
      FROM feed.instance_columns AS c JOIN feed.instances AS i USING (object_id) WHERE i.db = %s', place));
  PERFORM feed.add_view(place, schema, 'index_columns', ARRAY[['object_id', 'int'],
    ['column_name', 'sysname'], ['index_ordinal', 'tinyint'], ['column_id', 'int']],
    format('SELECT k.object_id, k.name, k.ordinal, k.column_id
      FROM feed.instance_keys AS k JOIN feed.instances AS i USING (object_id) WHERE i.db = %s', place));
  PERFORM feed.add_view(place, schema, 'ddl_history', ARRAY[['source_object_id', 'int'],
    ['object_id', 'int'], ['required_column_update', 'bit'], ['ddl_command', 'nvarchar(max)'],
    ['ddl_lsn', 'lsn'], ['ddl_time', 'datetime']],
    format('SELECT source, object_id, 0, command, lsn, at FROM feed.ddl WHERE db = %s', place));
  PERFORM feed.add_view(place, schema, 'lsn_time_mapping', ARRAY[['start_lsn', 'lsn'],
    ['tran_begin_time', 'datetime'], ['tran_end_time', 'datetime'], ['tran_id', 'tran_id'],
    ['tran_begin_lsn', 'lsn']],
    format('SELECT lsn, began, ended, tran_id, lsn FROM feed.mapping WHERE db = %s', place));
END $$;

CREATE FUNCTION feed.disable_database(place integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  schema integer := ms.schema_id(place, 'cdc');
BEGIN
  PERFORM feed.disable_instance(i.object_id) FROM feed.instances AS i WHERE i.db = place;
  PERFORM feed.drop_table(o.id) FROM ms.objects AS o WHERE o.db = place AND o.schema_id = schema;
  DELETE FROM ms.schemas AS s WHERE s.db = place AND s.id = schema;
  DELETE FROM feed.mapping AS m WHERE m.db = place;
  DELETE FROM feed.scans AS s WHERE s.db = place;
  DELETE FROM feed.captured AS c WHERE c.db = place;
  UPDATE ms.databases SET cdc = false WHERE id = place;
END $$;

-- The columns of a change table: five of CDC, the captured ones, the command.
CREATE FUNCTION feed.make_change_table(instance integer, source integer, place integer, ids integer[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  last integer := array_length(ids, 1) + 6;
  list text;
BEGIN
  SELECT string_agg(format('NULL::%s%s AS c%s',
      CASE WHEN a.attnum IS NULL THEN 'bpchar' ELSE format_type(a.atttypid, a.atttypmod) END,
      CASE WHEN a.attcollation IN (0, 100) THEN '' ELSE ' COLLATE ' || a.attcollation::regcollation END,
      w.at + 5), ', ' ORDER BY w.at) INTO list
    FROM unnest(ids) WITH ORDINALITY AS w (id, at)
    LEFT JOIN pg_attribute AS a ON a.attrelid = format('d%s.t%s', place, source)::regclass AND a.attname = 'c' || w.id;
  EXECUTE format('CREATE TABLE d%1$s.t%2$s AS SELECT NULL::bytea AS c1, NULL::bytea AS c2, NULL::bytea AS c3,
    NULL::integer AS c4, NULL::bytea AS c5, %3$s, NULL::integer AS c%4$s LIMIT 0', place, instance, list, last);
  EXECUTE format('CREATE INDEX ON d%s.t%s (c1, c%s, c3, c4)', place, instance, last);
  PERFORM feed.add_column(instance, 1, '__$start_lsn', 'binary', 10),
    feed.add_column(instance, 2, '__$end_lsn', 'binary', 10),
    feed.add_column(instance, 3, '__$seqval', 'binary', 10),
    feed.add_column(instance, 4, '__$operation', 'int', 4, 10),
    feed.add_column(instance, 5, '__$update_mask', 'varbinary', 128),
    feed.add_column(instance, last, '__$command_id', 'int', 4, 10);
  -- A rowversion arrives as its eight bytes.
  PERFORM feed.add_column(instance, w.at::integer + 5, c.name,
      CASE c.type WHEN 'timestamp' THEN 'binary' WHEN 'sysname' THEN 'nvarchar' ELSE c.type END,
      c.length, c.precision, c.scale, c.coll)
    FROM unnest(ids) WITH ORDINALITY AS w (id, at) JOIN ms.columns AS c ON c.object_id = source AND c.id = w.id;
END $$;

-- Answers with the number of the change table.
CREATE FUNCTION feed.enable_instance(place integer, source integer, instance text, ids integer[], keys integer[],
  net_changes boolean, role text, index_name text, filegroup text, partition_switch boolean) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
  object integer;
BEGIN
  PERFORM feed.watch(place, source);
  object := feed.add_table(place, ms.schema_id(place, 'cdc'), instance || '_CT');
  PERFORM feed.make_change_table(object, source, place, ids);
  INSERT INTO feed.instances VALUES (object, place, source, instance, NULL,
    feed.mark(place, object, 'e'), net_changes, role, index_name, filegroup, partition_switch, ss.as_datetime(ss.now()));
  INSERT INTO feed.instance_columns
    SELECT object, w.at, c.id, c.name, c.type, c.computed IS NOT NULL,
      CASE WHEN c.type IN ('text', 'ntext', 'image') THEN 'old' WHEN c.length = -1 THEN 'max' END
    FROM unnest(ids) WITH ORDINALITY AS w (id, at) JOIN ms.columns AS c ON c.object_id = source AND c.id = w.id;
  INSERT INTO feed.instance_keys
    SELECT object, w.at, c.id, c.name
    FROM unnest(keys) WITH ORDINALITY AS w (id, at) JOIN ms.columns AS c ON c.object_id = source AND c.id = w.id;
  UPDATE ms.tables SET cdc = true WHERE id = source;
  RETURN object;
END $$;

CREATE FUNCTION feed.disable_instance(object integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  gone feed.instances;
BEGIN
  DELETE FROM feed.instances AS i WHERE i.object_id = object RETURNING * INTO gone;
  PERFORM feed.drop_table(object);
  UPDATE ms.tables AS t SET cdc = EXISTS (SELECT FROM feed.instances AS i WHERE i.source = gone.source)
    WHERE t.id = gone.source;
  PERFORM feed.unwatch(gone.db, gone.source);
END $$;

-- An ALTER goes through the log to ddl_history; what reads a dropped table ends with it.
CREATE FUNCTION feed.table_changed(place integer, object integer, command text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM ms.objects AS o WHERE o.id = object) THEN
    PERFORM feed.mark(place, object, 'a', command)
      WHERE EXISTS (SELECT FROM feed.instances AS i WHERE i.source = object);
    RETURN;
  END IF;
  PERFORM feed.disable_instance(i.object_id) FROM feed.instances AS i WHERE i.source = object;
  DELETE FROM feed.tracked AS t WHERE t.object_id = object;
END $$;
