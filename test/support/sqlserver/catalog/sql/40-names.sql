-- Needed by test/conformance/sqlserver/definitions: "in use, or of what is not there".

-- '[a]]b].c' as {a]b,c}; null for what is no name.
CREATE FUNCTION ms.parse_name(name text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  rest text COLLATE "C" := btrim(name);
  part text COLLATE "C";
  parts text[] := '{}';
BEGIN
  LOOP
    part := substring(rest from '^\[((?:[^]]|\]\])*)\]');
    IF part IS NOT NULL THEN
      rest := substr(rest, length(part) + 3);
      part := replace(part, ']]', ']');
    ELSE
      part := substring(rest from '^"((?:[^"]|"")*)"');
      IF part IS NOT NULL THEN
        rest := substr(rest, length(part) + 3);
        part := replace(part, '""', '"');
      ELSE
        part := substring(rest from '^[^].["]*');
        rest := substr(rest, length(part) + 1);
        part := btrim(part);
      END IF;
    END IF;
    parts := parts || part;
    IF rest = '' THEN RETURN parts; END IF;
    IF left(rest, 1) <> '.' OR cardinality(parts) > 4 THEN RETURN NULL; END IF;
    rest := substr(rest, 2);
  END LOOP;
END $$;

CREATE FUNCTION ms.db_id(name text) RETURNS integer LANGUAGE sql STABLE STRICT AS
$$ SELECT id FROM ms.databases AS d WHERE lower(d.name) = lower($1) $$;

CREATE FUNCTION ms.schema_id(db integer, name text) RETURNS integer LANGUAGE sql STABLE STRICT AS
$$ SELECT s.id FROM ms.schemas AS s WHERE s.db = $1 AND s.key = ms.name_key($1, $2) $$;

-- A session's #temp tables are kept under the number of its PostgreSQL process.
CREATE FUNCTION ms.spid() RETURNS integer LANGUAGE sql STABLE AS
$$ SELECT pg_backend_pid() $$;

CREATE FUNCTION ms.login() RETURNS text LANGUAGE sql STABLE AS
$$ SELECT coalesce(nullif(current_setting('ss.login', true), ''), 'sa') $$;

-- A member of sysadmin has dbo, whatever DEFAULT_SCHEMA of its user says (ALTER USER, remarks).
CREATE FUNCTION ms.default_schema(place integer) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT p.default_schema FROM ms.principals AS p
    LEFT JOIN ms.logins AS l ON lower(l.name) = lower(p.login)
    WHERE p.db = place AND lower(p.login) = lower(ms.login()) AND l.sysadmin IS NOT TRUE), 'dbo') $$;

-- A name without a schema is looked for in the user's default schema, and then in dbo.
-- The session's own #temp tables and @tables come from no database; the innermost one counts.
CREATE FUNCTION ms.find(db integer, parts text[], kind text DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql STABLE AS $$
DECLARE
  n integer := cardinality(parts);
  last text := parts[n];
  place integer := CASE WHEN coalesce(parts[n - 2], '') = '' THEN db ELSE ms.db_id(parts[n - 2]) END;
  said text := nullif(parts[n - 1], '');
  schema text := coalesce(said, ms.default_schema(place));
BEGIN
  IF left(last, 1) IN ('#', '@') THEN
    RETURN (SELECT max(o.id) FROM ms.objects AS o WHERE o.spid = ms.spid() AND o.key = lower(last)
      AND to_regclass('pg_temp.t' || o.id) IS NOT NULL);
  END IF;
  RETURN coalesce(
    (SELECT o.id FROM ms.objects AS o
     WHERE o.db = place AND o.schema_id = ms.schema_id(place, schema) AND o.spid IS NULL
       AND o.key = ms.name_key(place, last) AND (kind IS NULL OR o.type = upper(rtrim(kind)))),
    (SELECT o.id FROM ms.objects AS o
     WHERE said IS NULL AND o.db = place AND o.schema_id = 1 AND o.spid IS NULL
       AND o.key = ms.name_key(place, last) AND (kind IS NULL OR o.type = upper(rtrim(kind)))),
    (SELECT -c.oid::integer FROM pg_class AS c
     WHERE c.relnamespace = 'sys'::regnamespace AND lower(schema) = 'sys' AND c.relname = lower(last)
       AND c.relkind = 'v' AND place IS NOT NULL));
END $$;

CREATE FUNCTION ms.object_id(db integer, name text, kind text DEFAULT NULL) RETURNS integer
LANGUAGE sql STABLE AS $$ SELECT ms.find($1, ms.parse_name($2), $3) $$;

CREATE FUNCTION ms.column_id(object_id integer, name text) RETURNS integer LANGUAGE sql STABLE STRICT AS $$
  SELECT c.id FROM ms.columns AS c JOIN ms.objects AS o ON o.id = c.object_id
  WHERE c.object_id = $1 AND c.key = ms.name_key(o.db, $2) $$;

CREATE FUNCTION ms.server_name() RETURNS text LANGUAGE sql STABLE AS
$$ SELECT coalesce(nullif(current_setting('ss.server_name', true), ''), 'SLUICE-TEST') $$;

CREATE FUNCTION ms.text_variant(value text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS
$$ SELECT ss.variant(value, 'nvarchar', 2 * length(value), 0, 0, 'SQL_Latin1_General_CP1_CI_AS') $$;

-- Null before the first value.
CREATE FUNCTION ms.sequence_value(object integer) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT pg_sequence_last_value(to_regclass('d' || o.db || '.s' || o.id)) FROM ms.objects AS o WHERE o.id = object $$;

CREATE FUNCTION ms.identity_value(object integer) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT pg_sequence_last_value(to_regclass(CASE WHEN o.spid IS NULL THEN 'd' || o.db ELSE 'pg_temp' END || '.i' || o.id))
  FROM ms.objects AS o WHERE o.id = object $$;
