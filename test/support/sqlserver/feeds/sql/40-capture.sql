-- What CDC knows. The tables of schema cdc that clients see are views of these.
CREATE TABLE feed.captured (
  db integer PRIMARY KEY,
  -- The Agent with its capture job.
  running boolean NOT NULL DEFAULT true,
  -- How long a transaction is over before it is captured.
  delay_ms integer NOT NULL DEFAULT 0,
  -- After so long without a change, lsn_time_mapping gets a row that stands for none.
  idle_ms integer NOT NULL DEFAULT 300000,
  -- Whether an after-image leaves out (max) values that did not change: the log has none of them.
  omits_unchanged boolean NOT NULL DEFAULT true,
  -- The last transaction that was looked at.
  position bigint NOT NULL
);

CREATE TABLE feed.instances (
  object_id integer PRIMARY KEY,
  db integer NOT NULL,
  source integer NOT NULL,
  name text NOT NULL,
  start_lsn bytea,
  -- Log entries behind this one are captured.
  began bigint NOT NULL,
  net_changes boolean NOT NULL,
  role text,
  index_name text,
  filegroup text,
  partition_switch boolean NOT NULL,
  created text NOT NULL
);
CREATE UNIQUE INDEX ON feed.instances (db, lower(name));

CREATE TABLE feed.instance_columns (
  object_id integer NOT NULL REFERENCES feed.instances ON DELETE CASCADE,
  ordinal integer NOT NULL,
  column_id integer NOT NULL,
  name text NOT NULL,
  type text NOT NULL,
  computed boolean NOT NULL,
  -- null, 'max' or 'old' (text, ntext, image): their images have rules of their own.
  lob text,
  PRIMARY KEY (object_id, ordinal)
);

CREATE TABLE feed.instance_keys (
  object_id integer NOT NULL REFERENCES feed.instances ON DELETE CASCADE,
  ordinal integer NOT NULL,
  column_id integer NOT NULL,
  name text NOT NULL,
  PRIMARY KEY (object_id, ordinal)
);

CREATE TABLE feed.ddl (
  db integer NOT NULL,
  source integer NOT NULL,
  object_id integer NOT NULL REFERENCES feed.instances ON DELETE CASCADE,
  command text NOT NULL,
  lsn bytea NOT NULL,
  at text NOT NULL
);

CREATE TABLE feed.mapping (
  db integer NOT NULL,
  lsn bytea NOT NULL,
  began text NOT NULL,
  ended text NOT NULL,
  tran_id bytea NOT NULL,
  PRIMARY KEY (db, lsn)
);

CREATE TABLE feed.scans (
  db integer NOT NULL,
  n bigint GENERATED ALWAYS AS IDENTITY,
  began timestamptz NOT NULL,
  ended timestamptz NOT NULL,
  transactions integer NOT NULL,
  PRIMARY KEY (db, n)
);

-- A table of the catalog; `columns` as (name, type, length, precision, scale, nullable).
CREATE FUNCTION feed.add_table(place integer, schema integer, name text) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
  object integer := nextval('ms.object_ids');
BEGIN
  INSERT INTO ms.objects (db, id, schema_id, name, key, type, shipped)
    VALUES (place, object, schema, name, ms.name_key(place, name), 'U', true);
  INSERT INTO ms.tables (id) VALUES (object);
  INSERT INTO ms.indexes (object_id, id, type) VALUES (object, 0, 0);
  RETURN object;
END $$;

CREATE FUNCTION feed.add_column(object integer, number integer, name text, type text,
  length integer, "precision" integer DEFAULT 0, scale integer DEFAULT 0, coll text DEFAULT NULL)
RETURNS void LANGUAGE sql AS $$
  INSERT INTO ms.columns (object_id, id, name, key, type, length, precision, scale, coll, nullable)
  SELECT $1, $2, $3, ms.name_key(o.db, $3), $4, $5, $6, $7, $8, true FROM ms.objects AS o WHERE o.id = $1 $$;

-- A table that is a view of what the feeds keep: {name,type} pairs, and the query for its rows.
CREATE FUNCTION feed.add_view(place integer, schema integer, name text, columns text[], query text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  object integer := feed.add_table(place, schema, name);
  coll text := (SELECT d.coll FROM ms.databases AS d WHERE d.id = place);
  rows_collation text := (SELECT CASE WHEN coll ~ '_BIN' THEN 'ss.bin' WHEN coll ~ '_CS_' THEN 'ss.cs_as' ELSE 'ss.ci_as' END);
  list text := '';
BEGIN
  FOR at IN 1 .. array_length(columns, 1) LOOP
    PERFORM feed.add_column(object, at, columns[at][1], t.name, t.length, t.precision, t.scale,
        CASE WHEN t.pg = 'bpchar' THEN coll END)
      FROM feed.view_types AS t WHERE t.word = columns[at][2];
    list := list || format('%s q.c%s::%s%s AS c%s', CASE WHEN at > 1 THEN ',' END, at,
      (SELECT t.pg FROM feed.view_types AS t WHERE t.word = columns[at][2]),
      CASE WHEN (SELECT t.pg FROM feed.view_types AS t WHERE t.word = columns[at][2]) = 'bpchar'
        THEN ' COLLATE ' || rows_collation ELSE '' END, at);
  END LOOP;
  EXECUTE format('CREATE VIEW d%s.t%s AS SELECT %s FROM (%s) AS q (%s)', place, object, list, query,
    (SELECT string_agg('c' || at, ', ') FROM generate_series(1, array_length(columns, 1)) AS at));
END $$;

CREATE TABLE feed.view_types (
  word text PRIMARY KEY, name text, length integer, precision integer, scale integer, pg text);
INSERT INTO feed.view_types VALUES
  ('int', 'int', 4, 10, 0, 'integer'), ('bigint', 'bigint', 8, 19, 0, 'bigint'),
  ('tinyint', 'tinyint', 1, 3, 0, 'smallint'), ('bit', 'bit', 1, 1, 0, 'smallint'),
  ('lsn', 'binary', 10, 0, 0, 'bytea'), ('tran_id', 'varbinary', 10, 0, 0, 'bytea'),
  ('datetime', 'datetime', 8, 23, 3, 'text'), ('sysname', 'nvarchar', 256, 0, 0, 'bpchar'),
  ('nvarchar(20)', 'nvarchar', 40, 0, 0, 'bpchar'), ('nvarchar(max)', 'nvarchar', -1, 0, 0, 'bpchar'),
  ('uniqueidentifier', 'uniqueidentifier', 16, 0, 0, 'uuid');

CREATE FUNCTION feed.drop_table(object integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  place integer := (SELECT o.db FROM ms.objects AS o WHERE o.id = object);
  kind "char" := (SELECT c.relkind FROM pg_class AS c WHERE c.oid = to_regclass(format('d%s.t%s', place, object)));
BEGIN
  EXECUTE format('DROP %s IF EXISTS d%s.t%s', CASE kind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, place, object);
  DELETE FROM ms.columns AS c WHERE c.object_id = object;
  DELETE FROM ms.indexes AS i WHERE i.object_id = object;
  DELETE FROM ms.tables AS t WHERE t.id = object;
  DELETE FROM ms.objects AS o WHERE o.id = object;
END $$;
