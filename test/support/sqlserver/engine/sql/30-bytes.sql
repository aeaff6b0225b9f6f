-- The bytes of strings, as HASHBYTES, DATALENGTH and CONVERT see them.
CREATE FUNCTION ss.utf16(s bpchar) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  t text COLLATE "C" := textin(bpcharout(s));
  c text COLLATE "C";
  p integer;
  hex text COLLATE "C" := '';
BEGIN
  IF t = '' THEN RETURN ''; END IF;
  IF octet_length(t) = length(t) THEN
    -- ASCII: a zero byte behind each character, without a loop.
    RETURN decode(replace(array_to_string(string_to_array(t, NULL), '\000'), '\\000', '\134\000')
      || CASE WHEN right(t, 1) = '\' THEN '\\000' ELSE '\000' END, 'escape');
  END IF;
  FOREACH c IN ARRAY string_to_array(t, NULL) LOOP
    p := ascii(c);
    IF p = 1112064 THEN p := 0; ELSIF p >= 1110016 THEN p := p - 1110016 + 55296; END IF;
    IF p > 65535 THEN
      p := p - 65536;
      hex := hex || ss.swapped(55296 + p / 1024) || ss.swapped(56320 + p % 1024);
    ELSE
      hex := hex || ss.swapped(p);
    END IF;
  END LOOP;
  RETURN decode(hex, 'hex');
END $$;

CREATE FUNCTION ss.swapped(unit integer) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT lpad(to_hex(unit % 256), 2, '0') || lpad(to_hex(unit / 256), 2, '0') $$;

CREATE FUNCTION ss.from_utf16(b bytea) RETURNS bpchar LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  out text COLLATE "C" := '';
  p integer;
BEGIN
  FOR i IN 0 .. octet_length(b) / 2 - 1 LOOP
    p := get_byte(b, 2 * i) + 256 * get_byte(b, 2 * i + 1);
    out := out || CASE WHEN p = 0 THEN chr(1112064)
      WHEN p BETWEEN 55296 AND 57343 THEN chr(1110016 + p - 55296) ELSE chr(p) END;
  END LOOP;
  RETURN ss.join_pairs(out);
END $$;

CREATE FUNCTION ss.page_bytes(s bpchar, encoding text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  t text COLLATE "C" := textin(bpcharout(s));
  c text COLLATE "C";
  out bytea := '';
BEGIN
  IF strpos(t, chr(1112064)) = 0 THEN RETURN convert_to(t, encoding); END IF;
  FOREACH c IN ARRAY string_to_array(t, NULL) LOOP
    out := out || CASE WHEN ascii(c) = 1112064 THEN '\x00'::bytea ELSE convert_to(c, encoding) END;
  END LOOP;
  RETURN out;
END $$;

CREATE FUNCTION ss.from_page(b bytea, encoding text) RETURNS bpchar LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  out text COLLATE "C" := '';
BEGIN
  IF position('\x00'::bytea IN b) = 0 THEN RETURN convert_from(b, encoding); END IF;
  FOR i IN 0 .. octet_length(b) - 1 LOOP
    out := out || CASE WHEN get_byte(b, i) = 0 THEN chr(1112064)
      ELSE convert_from(substr(b, i + 1, 1), encoding) END;
  END LOOP;
  RETURN out;
END $$;

CREATE FUNCTION ss.hash(kind bpchar, b bytea) RETURNS bytea LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN CASE upper(kind)
    WHEN 'SHA2_256' THEN sha256(b)
    WHEN 'SHA2_512' THEN sha512(b)
    WHEN 'MD5' THEN decode(md5(b), 'hex') END;
END $$;

-- Style 1 wants 0x in front, style 2 refuses it.
CREATE FUNCTION ss.from_hex(s bpchar, style integer, target text) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  t text COLLATE "C" := ss.t(s);
BEGIN
  IF style = 1 AND t ~ '^0[xX]([0-9a-fA-F]{2})*$' THEN RETURN decode(substr(t, 3), 'hex'); END IF;
  IF style = 2 AND t ~ '^([0-9a-fA-F]{2})*$' THEN RETURN decode(t, 'hex'); END IF;
  PERFORM ss.fail(8114, format('Error converting data type %s to varbinary.', target));
END $$;

CREATE FUNCTION ss.to_hex(b bytea, style integer) RETURNS bpchar LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT (CASE style WHEN 1 THEN '0x' ELSE '' END || upper(encode(b, 'hex')))::bpchar $$;

-- Numbers to bytes and back, the most significant first; cut or filled on the left.
CREATE FUNCTION ss.int_bytes(n bigint, size integer) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE WHEN size <= 8 THEN substr(int8send(n), 9 - size)
    ELSE decode(repeat('00', size - 8), 'hex') || int8send(n) END $$;

CREATE FUNCTION ss.bytes_int(b bytea) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT ('x' || lpad(encode(substr(b, greatest(octet_length(b) - 7, 1)), 'hex'), 16, '0'))::bit(64)::bigint $$;

CREATE FUNCTION ss.bytes_int(b bytea, size integer) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE size
    WHEN 4 THEN ('x' || lpad(right(encode(b, 'hex'), 8), 8, '0'))::bit(32)::integer::bigint
    WHEN 2 THEN ('x' || lpad(right(encode(b, 'hex'), 4), 4, '0') || '0000')::bit(32)::integer::bigint >> 16
    WHEN 1 THEN ('x' || lpad(right(encode(b, 'hex'), 2), 8, '0'))::bit(32)::integer::bigint
    ELSE ss.bytes_int(b) END $$;

-- Cut in silence on the right; binary(n) is filled with zeros.
CREATE FUNCTION ss.cut(b bytea, n integer) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT substr(b, 1, n) $$;

CREATE FUNCTION ss.fit(b bytea, n integer, target text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  IF octet_length(b) > n THEN
    PERFORM ss.fail(2628, format('String or binary data would be truncated in %s. Truncated value: ''%s''.',
      target, upper(encode(substr(b, 1, n), 'hex'))));
  END IF;
  RETURN b;
END $$;

CREATE FUNCTION ss.pad(b bytea, n integer) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT b || decode(repeat('00', n - octet_length(b)), 'hex') $$;

-- uniqueidentifier: the order of the bytes is that of values/identifier.ts.
CREATE FUNCTION ss.uid(s bpchar) RETURNS uuid LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  t text COLLATE "C" := regexp_replace(ss.t(s) COLLATE "C", '^\{(.*)\}$', '\1');
  h text COLLATE "C";
BEGIN
  IF t !~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}' THEN
    PERFORM ss.fail(8169, 'Conversion failed when converting from a character string to uniqueidentifier.', 2);
  END IF;
  h := replace(left(t, 36), '-', '');
  RETURN (substr(h, 21, 12) || substr(h, 17, 4) || ss.turned(substr(h, 13, 4))
    || ss.turned(substr(h, 9, 4)) || ss.turned(substr(h, 1, 8)))::uuid;
END $$;

CREATE FUNCTION ss.turned(hex text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT string_agg(substr(hex, i, 2), '' ORDER BY i DESC) FROM generate_series(1, length(hex), 2) AS i $$;

-- Upper case, as SQL Server shows it.
CREATE FUNCTION ss.uid_text(u uuid) RETURNS bpchar LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT upper(ss.turned(substr(h, 25, 8)) || '-' || ss.turned(substr(h, 21, 4)) || '-'
    || ss.turned(substr(h, 17, 4)) || '-' || substr(h, 13, 4) || '-' || substr(h, 1, 12))::bpchar
  FROM (SELECT replace(u::text, '-', '')) AS x(h) $$;

-- As SQL Server lays it out in memory: the first three groups turned.
CREATE FUNCTION ss.uid_bytes(u uuid) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT decode(substr(h, 25, 8) || substr(h, 21, 4) || substr(h, 17, 4) || substr(h, 13, 4) || substr(h, 1, 12), 'hex')
  FROM (SELECT replace(u::text, '-', '')) AS x(h) $$;

CREATE FUNCTION ss.bytes_uid(b bytea) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT (substr(h, 21, 12) || substr(h, 17, 4) || substr(h, 13, 4) || substr(h, 9, 4) || substr(h, 1, 8))::uuid
  FROM (SELECT rpad(encode(b, 'hex'), 32, '0')) AS x(h) $$;

-- NCHAR: one UTF-16 unit.
CREATE FUNCTION ss.swapped_bytes(unit integer) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT CASE WHEN unit BETWEEN 0 AND 65535 THEN decode(ss.swapped(unit), 'hex') END $$;
