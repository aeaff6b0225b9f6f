-- sql_variant: the stored form of the value beside its type.
CREATE FUNCTION ss.variant(v text, t text, l integer, p integer, s integer, c text) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN v IS NULL THEN NULL
    ELSE jsonb_build_object('t', t, 'l', l, 'p', p, 's', s, 'c', c, 'v', v) END $$;

-- As CONVERT(nvarchar, variant, style) shows it.
CREATE FUNCTION ss.variant_text(v jsonb, style integer) RETURNS bpchar LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  t text COLLATE "C" := v->>'t';
  x text COLLATE "C" := v->>'v';
BEGIN
  RETURN CASE
    WHEN t IN ('datetime', 'smalldatetime') THEN ss.time_text(x, '', t, CASE t WHEN 'datetime' THEN 3 ELSE 0 END, style)
    WHEN t = 'datetime2' THEN ss.time_text(x, '', t, (v->>'s')::integer, CASE style WHEN 0 THEN 121 ELSE style END)
    WHEN t = 'date' THEN ss.time_text(x || ' 00:00:00.0000000', '', t, 0, CASE style WHEN 0 THEN 121 ELSE style END)
    WHEN t = 'time' THEN ss.time_text('1900-01-01 ' || x, '', t, (v->>'s')::integer, CASE style WHEN 0 THEN 121 ELSE style END)
    WHEN t = 'datetimeoffset' THEN ss.time_text(ss.local(x), substr(x, 28), t, (v->>'s')::integer, CASE style WHEN 0 THEN 121 ELSE style END)
    WHEN t IN ('money', 'smallmoney') THEN ss.money_text(x::numeric, CASE style WHEN 0 THEN 0 WHEN 1 THEN 1 ELSE 2 END)
    WHEN t IN ('float', 'real') THEN ss.float_text(x::double precision, CASE WHEN style BETWEEN 1 AND 3 THEN style ELSE 0 END)
    WHEN t = 'uniqueidentifier' THEN ss.uid_text(x::uuid)
    WHEN t IN ('binary', 'varbinary') THEN CASE WHEN style IN (1, 2) THEN ss.to_hex(x::bytea, style) ELSE ss.from_utf16(x::bytea) END
    ELSE x END;
END $$;

CREATE FUNCTION ss.variant_property(v jsonb, property bpchar) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE lower(property)
    WHEN 'basetype' THEN ss.variant(CASE WHEN v->>'t' = 'sysname' THEN 'nvarchar' ELSE v->>'t' END, 'nvarchar', 256, 0, 0, NULL)
    WHEN 'precision' THEN ss.variant(v->>'p', 'int', 4, 10, 0, NULL)
    WHEN 'scale' THEN ss.variant(v->>'s', 'int', 4, 10, 0, NULL)
    WHEN 'maxlength' THEN ss.variant(v->>'l', 'int', 4, 10, 0, NULL)
    WHEN 'collation' THEN ss.variant(v->>'c', 'nvarchar', 256, 0, 0, NULL) END $$;

CREATE FUNCTION ss.variant_bytes(v jsonb) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE WHEN v->>'t' IN ('nvarchar', 'nchar', 'sysname') THEN 2 * ss.units((v->>'v')::bpchar)
    WHEN v->>'t' IN ('varchar', 'char') THEN ss.units((v->>'v')::bpchar)
    WHEN v->>'t' IN ('binary', 'varbinary') THEN octet_length((v->>'v')::bytea)
    ELSE (v->>'l')::integer END $$;
