-- What every new database has: schemas, principals, the PRIMARY filegroup.
-- Needed by test/conformance/sqlserver/catalogue-meaning: "are of users where schema_id is below 16384".
CREATE FUNCTION ms.create_database(new_id integer, new_name text, new_collation text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ms.databases (id, name, coll) VALUES (new_id, new_name, new_collation);
  EXECUTE format('CREATE SCHEMA d%s', new_id);
  INSERT INTO ms.schemas (db, id, name, key, owner)
    SELECT new_id, s.id, s.name, ms.name_key(new_id, s.name), s.owner
    FROM (VALUES (1, 'dbo', 1), (2, 'guest', 2), (3, 'INFORMATION_SCHEMA', 3), (4, 'sys', 4),
      (16384, 'db_owner', 16384), (16385, 'db_accessadmin', 16385), (16386, 'db_securityadmin', 16386),
      (16387, 'db_ddladmin', 16387), (16389, 'db_backupoperator', 16389), (16390, 'db_datareader', 16390),
      (16391, 'db_datawriter', 16391), (16392, 'db_denydatareader', 16392),
      (16393, 'db_denydatawriter', 16393)) AS s (id, name, owner);
  INSERT INTO ms.principals (db, id, name, type, login, default_schema, fixed)
    SELECT new_id, p.* FROM (VALUES
      (0, 'public', 'R', NULL, NULL, false), (1, 'dbo', 'S', 'sa', 'dbo', false),
      (2, 'guest', 'S', NULL, 'guest', false), (3, 'INFORMATION_SCHEMA', 'S', NULL, NULL, false),
      (4, 'sys', 'S', NULL, NULL, false)) AS p
    UNION ALL
    SELECT new_id, s.id, s.name, 'R', NULL, NULL, true FROM ms.schemas AS s
    WHERE s.db = new_id AND s.id >= 16384;
  INSERT INTO ms.filegroups (db, id, name) VALUES (new_id, 1, 'PRIMARY');
END $$;

CREATE FUNCTION ms.drop_database(old integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  own text;
BEGIN
  EXECUTE format('DROP SCHEMA d%s CASCADE', old);
  FOREACH own IN ARRAY ARRAY['tables', 'definitions', 'foreign_keys', 'sequences', 'modules', 'policies',
    'foreign_key_columns'] LOOP
    EXECUTE format('DELETE FROM ms.%I WHERE id IN (SELECT id FROM ms.objects WHERE db = $1)', own) USING old;
  END LOOP;
  FOREACH own IN ARRAY ARRAY['columns', 'indexes', 'index_columns', 'compression'] LOOP
    EXECUTE format('DELETE FROM ms.%I WHERE object_id IN (SELECT id FROM ms.objects WHERE db = $1)', own) USING old;
  END LOOP;
  DELETE FROM ms.boundaries WHERE function_id IN (SELECT id FROM ms.partition_functions WHERE db = old);
  DELETE FROM ms.destinations WHERE scheme_id IN (SELECT id FROM ms.partition_schemes WHERE db = old);
  FOREACH own IN ARRAY ARRAY['objects', 'schemas', 'types', 'filegroups', 'partition_functions',
    'partition_schemes', 'properties', 'principals', 'role_members', 'permissions'] LOOP
    EXECUTE format('DELETE FROM ms.%I WHERE db = $1', own) USING old;
  END LOOP;
  DELETE FROM ms.databases WHERE id = old;
END $$;

INSERT INTO ms.logins (name, password, sysadmin) VALUES ('sa', 'Sluice-test-1', true);
SELECT ms.create_database(n::integer, name, 'SQL_Latin1_General_CP1_CI_AS')
FROM unnest(ARRAY['master', 'tempdb', 'model', 'msdb']) WITH ORDINALITY AS d (name, n);
