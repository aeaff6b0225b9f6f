-- Everything of the engine stands in this schema; names that SQL Server knows are the catalog's.
CREATE SCHEMA ss;

-- Case and accent rules of SQL Server's collations. None of them is deterministic but the binary
-- one: 'a' = 'A' is a matter of equality here, not only of order.
CREATE COLLATION ss.ci_as (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE COLLATION ss.ci_ai (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
CREATE COLLATION ss.cs_as (provider = icu, locale = 'und', deterministic = false);
CREATE COLLATION ss.cs_ai (provider = icu, locale = 'und-u-ks-level1-kc-true', deterministic = false);
CREATE COLLATION ss.bin (provider = libc, locale = 'C');

-- An error of SQL Server: its number travels in DETAIL, its state in HINT.
CREATE FUNCTION ss.fail(number integer, message text, state integer DEFAULT 1) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'MS000', MESSAGE = message, DETAIL = number::text, HINT = state::text;
END $$;

-- On while rows are loaded without CHECK_CONSTRAINTS: constraints look the other way.
CREATE FUNCTION ss.unchecked() RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT coalesce(current_setting('ss.unchecked', true), '') = 'on' $$;

-- Text with its trailing blanks; a plain cast of bpchar drops them.
CREATE FUNCTION ss.t(bpchar) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT textin(bpcharout($1)) $$;

-- TRY_CAST: NULL where the conversion fails.
CREATE FUNCTION ss.attempt(value text, conversion text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  result text COLLATE "C";
BEGIN
  EXECUTE conversion INTO result USING value;
  RETURN result;
EXCEPTION WHEN OTHERS THEN
  RETURN NULL;
END $$;
