CREATE SEQUENCE ms.database_ids START 5;
-- Objects are numbered once for all databases: PostgreSQL calls a table t<object id>.
CREATE SEQUENCE ms.object_ids START 100001;
CREATE SEQUENCE ms.space_ids START 65601;

-- Numbers of schemas and types: above those that every database begins with, and never the highest
-- that another session has not committed.
CREATE SEQUENCE ms.local_ids START 300;

CREATE TABLE ms.databases (
  id integer PRIMARY KEY,
  name text NOT NULL,
  coll text NOT NULL,
  created text NOT NULL DEFAULT ss.now(),
  snapshot boolean NOT NULL DEFAULT false,
  read_committed_snapshot boolean NOT NULL DEFAULT false,
  cdc boolean NOT NULL DEFAULT false,
  recovery_model text NOT NULL DEFAULT 'FULL',
  compatibility integer NOT NULL DEFAULT 160,
  read_only boolean NOT NULL DEFAULT false,
  -- Who asks for it by ApplicationIntent is on a readable secondary.
  routed boolean NOT NULL DEFAULT false,
  single_user boolean NOT NULL DEFAULT false,
  fork uuid NOT NULL DEFAULT gen_random_uuid(),
  -- Change Tracking: null while off.
  tracking_period integer,
  tracking_units integer,
  tracking_cleanup boolean
);
CREATE UNIQUE INDEX ON ms.databases (lower(name));

-- How a database compares names.
CREATE FUNCTION ms.name_key(db integer, name text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN d.coll ~ '_CS_|_BIN' THEN $2 ELSE lower($2 COLLATE "und-x-icu") END
  FROM ms.databases AS d WHERE d.id = $1 $$;

CREATE TABLE ms.schemas (
  db integer NOT NULL,
  id integer NOT NULL,
  name text NOT NULL,
  key text NOT NULL,
  owner integer NOT NULL DEFAULT 1,
  PRIMARY KEY (db, id),
  UNIQUE (db, key)
);

CREATE TABLE ms.types (
  db integer NOT NULL,
  id integer NOT NULL,
  schema_id integer NOT NULL,
  name text NOT NULL,
  key text NOT NULL,
  base text NOT NULL,
  length integer NOT NULL,
  precision integer NOT NULL,
  scale integer NOT NULL,
  coll text,
  nullable boolean NOT NULL,
  -- A CLR type.
  assembly boolean NOT NULL DEFAULT false,
  PRIMARY KEY (db, id),
  UNIQUE (db, schema_id, key)
);

CREATE TABLE ms.objects (
  db integer NOT NULL,
  id integer PRIMARY KEY,
  schema_id integer NOT NULL,
  name text NOT NULL,
  key text NOT NULL,
  type text NOT NULL,
  parent integer NOT NULL DEFAULT 0,
  created text NOT NULL DEFAULT ss.now(),
  modified text NOT NULL DEFAULT ss.now(),
  shipped boolean NOT NULL DEFAULT false,
  system_named boolean NOT NULL DEFAULT false,
  -- #temp tables and @tables: of which session and nesting.
  spid integer,
  scope integer
);
CREATE UNIQUE INDEX ON ms.objects (db, schema_id, key) WHERE spid IS NULL;
CREATE INDEX ON ms.objects (spid) WHERE spid IS NOT NULL;
CREATE INDEX ON ms.objects (parent) WHERE parent <> 0;

CREATE TABLE ms.tables (
  id integer PRIMARY KEY,
  options jsonb NOT NULL DEFAULT '{}',
  cdc boolean NOT NULL DEFAULT false,
  -- Change Tracking: null while off, else whether columns are tracked.
  tracking boolean
);

CREATE TABLE ms.columns (
  object_id integer NOT NULL,
  id integer NOT NULL,
  name text NOT NULL,
  key text NOT NULL,
  type text NOT NULL,
  alias integer,
  length integer NOT NULL,
  precision integer NOT NULL,
  scale integer NOT NULL,
  coll text,
  nullable boolean NOT NULL,
  seed text,
  increment text,
  not_for_replication boolean NOT NULL DEFAULT false,
  computed text,
  persisted boolean NOT NULL DEFAULT false,
  default_id integer NOT NULL DEFAULT 0,
  -- The default as PostgreSQL computes it.
  default_sql text,
  row_guid boolean NOT NULL DEFAULT false,
  sparse boolean NOT NULL DEFAULT false,
  masked text,
  -- What the catalogue alone knows of it: encrypted, filestream, period, hidden.
  marks jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (object_id, id),
  UNIQUE (object_id, key)
);

CREATE TABLE ms.definitions (
  id integer PRIMARY KEY,
  column_id integer NOT NULL DEFAULT 0,
  definition text,
  -- Of checks: the condition in PostgreSQL.
  pg text,
  disabled boolean NOT NULL DEFAULT false,
  not_trusted boolean NOT NULL DEFAULT false,
  not_for_replication boolean NOT NULL DEFAULT false
);

CREATE TABLE ms.indexes (
  object_id integer NOT NULL,
  id integer NOT NULL,
  name text,
  key text,
  type integer NOT NULL,
  is_unique boolean NOT NULL DEFAULT false,
  constraint_id integer,
  is_primary boolean NOT NULL DEFAULT false,
  space integer NOT NULL DEFAULT 1,
  filter text,
  disabled boolean NOT NULL DEFAULT false,
  ignore_dup_key boolean NOT NULL DEFAULT false,
  fill_factor integer NOT NULL DEFAULT 0,
  padded boolean NOT NULL DEFAULT false,
  row_locks boolean NOT NULL DEFAULT true,
  page_locks boolean NOT NULL DEFAULT true,
  PRIMARY KEY (object_id, id)
);

CREATE TABLE ms.index_columns (
  object_id integer NOT NULL,
  index_id integer NOT NULL,
  id integer NOT NULL,
  column_id integer NOT NULL,
  key_ordinal integer NOT NULL,
  partition_ordinal integer NOT NULL DEFAULT 0,
  descending boolean NOT NULL DEFAULT false,
  included boolean NOT NULL DEFAULT false,
  PRIMARY KEY (object_id, index_id, id)
);

-- What is not the default: 1 row, 2 page, 3 columnstore, 4 columnstore archive. Partition 0: all.
CREATE TABLE ms.compression (
  object_id integer NOT NULL,
  index_id integer NOT NULL,
  partition integer NOT NULL,
  level integer NOT NULL,
  PRIMARY KEY (object_id, index_id, partition)
);

CREATE TABLE ms.foreign_keys (
  id integer PRIMARY KEY,
  parent integer NOT NULL,
  referenced integer NOT NULL,
  index_id integer NOT NULL,
  disabled boolean NOT NULL DEFAULT false,
  not_trusted boolean NOT NULL DEFAULT false,
  not_for_replication boolean NOT NULL DEFAULT false,
  on_delete integer NOT NULL DEFAULT 0,
  on_update integer NOT NULL DEFAULT 0
);

CREATE TABLE ms.foreign_key_columns (
  id integer NOT NULL,
  ordinal integer NOT NULL,
  parent_column integer NOT NULL,
  referenced_column integer NOT NULL,
  PRIMARY KEY (id, ordinal)
);

CREATE TABLE ms.sequences (
  id integer PRIMARY KEY,
  type text NOT NULL,
  precision integer NOT NULL,
  start_value text NOT NULL,
  increment text NOT NULL,
  minimum text NOT NULL,
  maximum text NOT NULL,
  cycling boolean NOT NULL,
  cache integer
);

CREATE TABLE ms.modules (
  id integer PRIMARY KEY,
  definition text NOT NULL,
  encrypted boolean NOT NULL DEFAULT false,
  bound boolean NOT NULL DEFAULT false,
  -- Of triggers.
  events text,
  instead_of boolean NOT NULL DEFAULT false,
  disabled boolean NOT NULL DEFAULT false
);

CREATE TABLE ms.policies (
  id integer NOT NULL,
  target integer NOT NULL,
  enabled boolean NOT NULL
);

CREATE TABLE ms.dependencies (
  referencing integer NOT NULL,
  referenced integer NOT NULL,
  PRIMARY KEY (referencing, referenced)
);

CREATE TABLE ms.filegroups (
  db integer NOT NULL,
  id integer NOT NULL,
  name text NOT NULL,
  PRIMARY KEY (db, id)
);

CREATE TABLE ms.partition_functions (
  id integer PRIMARY KEY,
  db integer NOT NULL,
  name text NOT NULL,
  key text NOT NULL,
  is_right boolean NOT NULL,
  type text NOT NULL,
  length integer NOT NULL,
  precision integer NOT NULL,
  scale integer NOT NULL,
  coll text,
  -- PostgreSQL's type and collation of a boundary.
  pg_type text NOT NULL,
  created text NOT NULL DEFAULT ss.now(),
  UNIQUE (db, key)
);

-- `value` is the stored form of PostgreSQL.
CREATE TABLE ms.boundaries (
  function_id integer NOT NULL,
  n integer NOT NULL,
  value text,
  PRIMARY KEY (function_id, n) DEFERRABLE
);

CREATE TABLE ms.partition_schemes (
  id integer PRIMARY KEY,
  db integer NOT NULL,
  name text NOT NULL,
  key text NOT NULL,
  function_id integer NOT NULL,
  next_used integer,
  UNIQUE (db, key)
);

CREATE TABLE ms.destinations (
  scheme_id integer NOT NULL,
  n integer NOT NULL,
  filegroup integer NOT NULL,
  PRIMARY KEY (scheme_id, n) DEFERRABLE
);

CREATE TABLE ms.properties (
  db integer NOT NULL,
  class integer NOT NULL,
  major_id integer NOT NULL,
  minor_id integer NOT NULL,
  name text NOT NULL,
  value jsonb,
  PRIMARY KEY (db, class, major_id, minor_id, name)
);

CREATE TABLE ms.logins (
  name text PRIMARY KEY,
  password text NOT NULL,
  database text NOT NULL DEFAULT 'master',
  sysadmin boolean NOT NULL DEFAULT false
);

CREATE TABLE ms.principals (
  db integer NOT NULL,
  id integer NOT NULL,
  name text NOT NULL,
  type text NOT NULL,
  login text,
  default_schema text,
  fixed boolean NOT NULL DEFAULT false,
  PRIMARY KEY (db, id)
);

CREATE TABLE ms.role_members (
  db integer NOT NULL,
  role integer NOT NULL,
  member integer NOT NULL,
  PRIMARY KEY (db, role, member)
);

-- db 0: rights of the server, held by logins.
CREATE TABLE ms.permissions (
  db integer NOT NULL,
  class integer NOT NULL,
  major_id integer NOT NULL,
  minor_id integer NOT NULL,
  grantee text NOT NULL,
  permission text NOT NULL,
  state text NOT NULL,
  PRIMARY KEY (db, class, major_id, minor_id, grantee, permission)
);

