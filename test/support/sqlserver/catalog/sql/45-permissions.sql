-- Who may do what. A login's rights in a database are those of its user, the roles of that, and public.
-- Needed by test/conformance/sqlserver/rights: "is stopped by a DENY, whatever its schema".
-- Needed by test/conformance/sqlserver/rights: "is told so: HAS_PERMS_BY_NAME".
CREATE FUNCTION ms.sysadmin() RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT coalesce((SELECT l.sysadmin FROM ms.logins AS l WHERE lower(l.name) = lower(ms.login())), false) $$;

-- The principals of a database that speak for the session: the user, its roles, and public.
CREATE FUNCTION ms.roles(place integer) RETURNS SETOF text LANGUAGE sql STABLE AS $$
  WITH RECURSIVE own AS (
    SELECT p.id, p.name FROM ms.principals AS p WHERE p.db = place AND lower(p.login) = lower(ms.login())
    UNION
    SELECT r.id, r.name FROM own JOIN ms.role_members AS m ON m.db = place AND m.member = own.id
    JOIN ms.principals AS r ON r.db = place AND r.id = m.role)
  SELECT name FROM own UNION SELECT 'public' $$;

CREATE FUNCTION ms.granted(place integer, c integer, major integer, minor integer, wanted text[]) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT min(p.state) FROM ms.permissions AS p
  WHERE p.db = place AND p.class = c AND p.major_id = major AND p.minor_id = minor
    AND p.permission = ANY (wanted) AND p.grantee IN (SELECT ms.roles(place)) $$;

-- CONTROL and ALTER bring others with them.
CREATE FUNCTION ms.covering(permission text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
  SELECT ARRAY[permission, 'CONTROL'] || CASE
    WHEN permission = 'VIEW DEFINITION' THEN ARRAY['ALTER']
    WHEN permission = 'VIEW DATABASE PERFORMANCE STATE' THEN ARRAY['VIEW DATABASE STATE']
    ELSE '{}' END $$;

CREATE FUNCTION ms.by_fixed_role(place integer, permission text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce(bool_or(CASE name WHEN 'dbo' THEN true WHEN 'db_owner' THEN true
    WHEN 'db_datareader' THEN permission = 'SELECT'
    WHEN 'db_datawriter' THEN permission IN ('INSERT', 'UPDATE', 'DELETE')
    WHEN 'db_ddladmin' THEN permission IN ('ALTER', 'VIEW DEFINITION', 'CREATE TABLE', 'CREATE SCHEMA', 'CREATE VIEW') ELSE false END), false)
  FROM ms.roles(place) AS name $$;

CREATE FUNCTION ms.may_in_database(place integer, permission text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF ms.sysadmin() OR ms.by_fixed_role(place, permission) THEN RETURN true; END IF;
  IF permission = 'CONNECT' THEN RETURN EXISTS (SELECT FROM ms.principals AS p WHERE p.db = place AND lower(p.login) = lower(ms.login())); END IF;
  RETURN coalesce(ms.granted(place, 0, 0, 0, ms.covering(permission)), '') = 'G'
    OR (permission = 'VIEW DATABASE STATE' AND ms.may_on_server('VIEW SERVER STATE'));
END $$;

CREATE FUNCTION ms.may_on_server(permission text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT ms.sysadmin() OR EXISTS (SELECT FROM ms.permissions AS p WHERE p.db = 0 AND p.class = 100
    AND lower(p.grantee) = lower(ms.login()) AND p.permission IN (may_on_server.permission, 'CONTROL SERVER') AND p.state = 'G') $$;

-- What belongs to one of the session's principals is under its control.
CREATE FUNCTION ms.owns_schema(place integer, schema integer) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM ms.schemas AS s JOIN ms.principals AS p ON p.db = s.db AND p.id = s.owner
    WHERE s.db = place AND s.id = schema AND p.name IN (SELECT ms.roles(place))) $$;

-- DBCC CHECKIDENT asks for the owner of the schema or a fixed role; rights do not do.
CREATE FUNCTION ms.may_reseed(place integer, object integer) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT ms.sysadmin() OR EXISTS (SELECT FROM ms.roles(place) AS r (name) WHERE r.name IN ('dbo', 'db_owner', 'db_ddladmin'))
    OR ms.owns_schema(place, (SELECT o.schema_id FROM ms.objects AS o WHERE o.id = object)) $$;

CREATE FUNCTION ms.may_in_schema(place integer, schema integer, permission text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT ms.may_in_database(place, permission) OR ms.owns_schema(place, schema)
    OR coalesce(ms.granted(place, 3, schema, 0, ms.covering(permission)), '') = 'G' $$;

-- A DENY anywhere wins.
CREATE FUNCTION ms.may(place integer, object integer, permission text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
  schema integer;
BEGIN
  IF ms.sysadmin() THEN RETURN true; END IF;
  SELECT o.schema_id INTO schema FROM ms.objects AS o WHERE o.id = object;
  IF 'dbo' IN (SELECT ms.roles(place)) THEN RETURN true; END IF;
  IF 'D' IN (ms.granted(place, 1, object, 0, ARRAY[permission]), ms.granted(place, 3, schema, 0, ARRAY[permission]),
    ms.granted(place, 0, 0, 0, ARRAY[permission])) THEN RETURN false; END IF;
  RETURN EXISTS (SELECT FROM ms.objects AS o WHERE o.id = object AND o.spid = ms.spid())
    OR coalesce(ms.granted(place, 1, object, 0, ms.covering(permission)), '') = 'G'
    OR ms.may_in_schema(place, schema, permission);
END $$;

CREATE FUNCTION ms.visible(place integer, object integer) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN EXISTS (SELECT FROM ms.permissions AS p WHERE p.db = place AND p.class = 1 AND p.major_id = object
      AND p.state = 'G' AND p.grantee IN (SELECT ms.roles(place)))
    OR ms.may(place, object, 'SELECT') OR ms.may(place, object, 'VIEW DEFINITION') OR ms.may(place, object, 'ALTER')
    OR ms.may(place, object, 'VIEW CHANGE TRACKING') OR ms.may(place, object, 'UPDATE');
END $$;

CREATE FUNCTION ms.has_perms_by_name(db integer, securable text, class text, permission text) RETURNS integer
LANGUAGE plpgsql STABLE AS $$
DECLARE
  wanted text := upper(rtrim(permission));
  id integer;
BEGIN
  CASE upper(coalesce(rtrim(class), 'SERVER'))
    WHEN 'SERVER' THEN RETURN ms.may_on_server(wanted)::integer;
    WHEN 'DATABASE' THEN
      id := CASE WHEN securable IS NULL THEN db ELSE ms.db_id((ms.parse_name(securable))[1]) END;
      RETURN ms.may_in_database(id, wanted)::integer;
    WHEN 'SCHEMA' THEN
      id := ms.schema_id(db, (ms.parse_name(securable))[1]);
      RETURN ms.may_in_schema(db, id, wanted)::integer;
    WHEN 'OBJECT' THEN
      id := ms.object_id(db, securable);
      IF id IS NULL THEN RETURN NULL; END IF;
      RETURN (id < 0 OR ms.may(db, id, wanted))::integer;
    ELSE RETURN NULL;
  END CASE;
END $$;
