-- The metadata functions of T-SQL (scalar.ts names them and their types).
-- Needed by test/conformance/sqlserver/rights: "is told so: HAS_PERMS_BY_NAME".
CREATE FUNCTION ms.object_name(id integer) RETURNS bpchar LANGUAGE sql STABLE AS $$
  SELECT o.name::bpchar FROM ms.visible_objects AS o WHERE o.id = $1
  UNION ALL SELECT c.relname::bpchar FROM pg_class AS c WHERE $1 < 0 AND c.oid = -$1 $$;

CREATE FUNCTION ms.schema_name(db integer, id integer) RETURNS bpchar LANGUAGE sql STABLE AS
$$ SELECT s.name::bpchar FROM ms.schemas AS s WHERE s.db = $1 AND s.id = $2 $$;

CREATE FUNCTION ms.db_name(id integer) RETURNS bpchar LANGUAGE sql STABLE AS
$$ SELECT d.name::bpchar FROM ms.databases AS d WHERE d.id = $1 $$;

CREATE FUNCTION ms.col_name(object integer, id integer) RETURNS bpchar LANGUAGE sql STABLE AS
$$ SELECT c.name::bpchar FROM ms.columns AS c WHERE c.object_id = $1 AND c.id = $2 $$;

CREATE FUNCTION ms.type_name(db integer, id integer) RETURNS bpchar LANGUAGE sql STABLE AS $$
  SELECT t.name::bpchar FROM ms.system_types AS t WHERE t.user_id = $2
  UNION ALL SELECT t.name::bpchar FROM ms.types AS t WHERE t.db = $1 AND t.id = $2 $$;

CREATE FUNCTION ms.column_property(object integer, col text, property text) RETURNS integer LANGUAGE sql STABLE AS $$
  SELECT CASE lower(property) WHEN 'columnid' THEN c.id WHEN 'allowsnull' THEN c.nullable::integer
    WHEN 'isidentity' THEN (c.seed IS NOT NULL)::integer WHEN 'iscomputed' THEN (c.computed IS NOT NULL)::integer
    WHEN 'isrowguidcol' THEN c.row_guid::integer WHEN 'issparse' THEN c.sparse::integer
    WHEN 'precision' THEN c.precision WHEN 'scale' THEN c.scale WHEN 'ishidden' THEN 0
    WHEN 'isidnotforrepl' THEN c.not_for_replication::integer
    WHEN 'charmaxlen' THEN CASE WHEN c.type LIKE 'n%char' AND c.length > 0 THEN c.length / 2 ELSE c.length END
    WHEN 'isdeterministic' THEN 1 WHEN 'isprecise' THEN 1 END
  FROM ms.columns AS c WHERE c.object_id = object AND c.id = ms.column_id(object, col) $$;

CREATE FUNCTION ms.object_property(object integer, property text) RETURNS integer LANGUAGE sql STABLE AS $$
  SELECT CASE lower(property)
    WHEN 'isusertable' THEN (o.type = 'U')::integer WHEN 'istable' THEN (o.type = 'U')::integer
    WHEN 'isview' THEN (o.type = 'V')::integer WHEN 'isprocedure' THEN (o.type = 'P')::integer
    WHEN 'ismsshipped' THEN o.shipped::integer WHEN 'istrigger' THEN (o.type = 'TR')::integer
    WHEN 'isencrypted' THEN coalesce(m.encrypted::integer, 0)
    WHEN 'isschemabound' THEN coalesce(m.bound::integer, 0)
    WHEN 'isprimarykey' THEN (o.type = 'PK')::integer WHEN 'isforeignkey' THEN (o.type = 'F')::integer
    WHEN 'isdefaultcnst' THEN (o.type = 'D')::integer WHEN 'ischeckcnst' THEN (o.type = 'C')::integer
    WHEN 'tablehasidentity' THEN (EXISTS (SELECT FROM ms.columns AS c WHERE c.object_id = o.id AND c.seed IS NOT NULL))::integer
    WHEN 'tablehasprimarykey' THEN (EXISTS (SELECT FROM ms.indexes AS i WHERE i.object_id = o.id AND i.is_primary))::integer
    WHEN 'tablehasclustindex' THEN (EXISTS (SELECT FROM ms.indexes AS i WHERE i.object_id = o.id AND i.type IN (1, 5)))::integer
    WHEN 'tablehasforeignref' THEN (EXISTS (SELECT FROM ms.foreign_keys AS f WHERE f.referenced = o.id))::integer
    WHEN 'ownerid' THEN 1 WHEN 'schemaid' THEN o.schema_id END
  FROM ms.visible_objects AS o LEFT JOIN ms.modules AS m ON m.id = o.id WHERE o.id = object $$;

CREATE FUNCTION ms.server_property(property text) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT CASE lower(property)
    WHEN 'engineedition' THEN ms.variant('3', 'int')
    WHEN 'edition' THEN ms.text_variant('Developer Edition (64-bit)')
    WHEN 'productversion' THEN ms.text_variant('16.0.4135.4')
    WHEN 'productmajorversion' THEN ms.text_variant('16')
    WHEN 'productlevel' THEN ms.text_variant('RTM')
    WHEN 'servername' THEN ms.text_variant(ms.server_name())
    WHEN 'machinename' THEN ms.text_variant(ms.server_name())
    WHEN 'collation' THEN ms.text_variant((SELECT d.coll FROM ms.databases AS d WHERE d.id = 1))
    WHEN 'ishadrenabled' THEN ms.variant('0', 'int')
    WHEN 'isclustered' THEN ms.variant('0', 'int')
    WHEN 'isintegratedsecurityonly' THEN ms.variant('0', 'int')
    WHEN 'isxtpsupported' THEN ms.variant('1', 'int') END $$;

CREATE FUNCTION ms.database_property(db integer, property text) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT CASE lower(property)
    WHEN 'collation' THEN ms.text_variant(d.coll)
    WHEN 'updateability' THEN ms.text_variant(CASE
      WHEN d.read_only OR (d.routed AND ss.asked_read_only()) THEN 'READ_ONLY' ELSE 'READ_WRITE' END)
    WHEN 'status' THEN ms.text_variant('ONLINE')
    WHEN 'recovery' THEN ms.text_variant(d.recovery_model)
    WHEN 'useraccess' THEN ms.text_variant(CASE WHEN d.single_user THEN 'SINGLE_USER' ELSE 'MULTI_USER' END)
    WHEN 'version' THEN ms.variant('957', 'int') END
  FROM ms.databases AS d WHERE d.id = db $$;

-- A new table's IDENT_CURRENT is its seed.
CREATE FUNCTION ms.ident_current(db integer, name text) RETURNS numeric LANGUAGE sql STABLE AS $$
  SELECT coalesce(ms.identity_value(c.object_id), c.seed::numeric) FROM ms.columns AS c
  WHERE c.object_id = ms.object_id($1, $2) AND c.seed IS NOT NULL $$;
CREATE FUNCTION ms.user_name(place integer) RETURNS bpchar LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN ms.sysadmin() THEN 'dbo' ELSE coalesce((SELECT p.name FROM ms.principals AS p
    WHERE p.db = place AND lower(p.login) = lower(ms.login())), 'guest') END::bpchar $$;

CREATE FUNCTION ms.principal_id(db integer, name text) RETURNS integer LANGUAGE sql STABLE AS
$$ SELECT p.id FROM ms.principals AS p WHERE p.db = $1 AND lower(p.name) = lower($2) $$;

CREATE FUNCTION ms.is_role_member(place integer, role text) RETURNS integer LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN NOT EXISTS (SELECT FROM ms.principals AS p WHERE p.db = place AND lower(p.name) = lower(role) AND p.type = 'R') THEN NULL
    WHEN ms.sysadmin() THEN 1
    ELSE EXISTS (SELECT FROM ms.roles(place) AS r (name) WHERE lower(r.name) = lower(role) OR r.name = 'dbo')::integer END $$;

CREATE FUNCTION ms.is_server_role_member(role text) RETURNS integer LANGUAGE sql STABLE AS
$$ SELECT CASE WHEN lower(role) = 'public' OR ms.sysadmin() THEN 1 WHEN lower(role) IN ('sysadmin', 'serveradmin', 'securityadmin', 'dbcreator') THEN 0 END $$;

CREATE FUNCTION ms.has_db_access(place integer) RETURNS integer LANGUAGE sql STABLE AS
$$ SELECT CASE WHEN place IS NOT NULL THEN (place < 5 OR ms.may_in_database(place, 'CONNECT'))::integer END $$;
