-- SQL Server's catalog: one set of tables in schema ms for all databases, and on top the views of
-- SQL Server by their own names (schema sys), each with a first column `db` that no client sees.
CREATE SCHEMA ms;
CREATE SCHEMA sys;

-- A column of a view tells its SQL Server type by the name of its domain (system-views.ts).
CREATE DOMAIN ms.bit AS smallint;
CREATE DOMAIN ms.tinyint AS smallint;
CREATE DOMAIN ms.datetime AS text;
CREATE DOMAIN ms.uniqueidentifier AS uuid;
CREATE DOMAIN ms.sql_variant AS jsonb;
CREATE DOMAIN ms.sysname AS bpchar COLLATE ss.ci_as;
CREATE DOMAIN ms.char_1 AS bpchar COLLATE ss.ci_as;
CREATE DOMAIN ms.char_2 AS bpchar COLLATE ss.ci_as;
CREATE DOMAIN ms.char_4 AS bpchar COLLATE ss.ci_as;
CREATE DOMAIN ms.nvarchar_60 AS bpchar COLLATE ss.ci_as;
CREATE DOMAIN ms.nvarchar_128 AS bpchar COLLATE ss.ci_as;
CREATE DOMAIN ms.nvarchar_256 AS bpchar COLLATE ss.ci_as;
CREATE DOMAIN ms.nvarchar_1035 AS bpchar COLLATE ss.ci_as;
CREATE DOMAIN ms.nvarchar_max AS bpchar COLLATE ss.ci_as;
CREATE DOMAIN ms.varchar_10 AS bpchar COLLATE ss.ci_as;
CREATE DOMAIN ms.binary_10 AS bytea;
CREATE DOMAIN ms.varbinary_10 AS bytea;
CREATE DOMAIN ms.varbinary_85 AS bytea;
CREATE DOMAIN ms.varbinary_128 AS bytea;

-- A number as a sql_variant of one of the integer types.
CREATE FUNCTION ms.variant(value text, type text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT ss.variant(value, type, l, p, 0, NULL)
  FROM (VALUES ('tinyint', 1, 3), ('smallint', 2, 5), ('int', 4, 10), ('bigint', 8, 19), ('decimal', 17, 38))
    AS t (name, l, p) WHERE t.name = type $$;
