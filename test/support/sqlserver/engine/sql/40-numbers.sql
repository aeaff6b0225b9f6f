-- Conversions between numbers and strings; `source` and `target` are type names for the messages.
CREATE FUNCTION ss.tinyint(n numeric) RETURNS smallint LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  IF n < 0 OR n > 255 THEN
    PERFORM ss.fail(220, format('Arithmetic overflow error for data type tinyint, value = %s.', n), 2);
  END IF;
  RETURN n;
END $$;

CREATE FUNCTION ss.to_number(s bpchar, source text, target text) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  t text COLLATE "C" := btrim(ss.t(s), E' \t\r\n');
BEGIN
  IF target IN ('bit', 'tinyint', 'smallint', 'int', 'bigint') THEN
    IF t = '' THEN RETURN 0; END IF;
    IF target = 'bit' AND lower(t) IN ('true', 'false') THEN RETURN (lower(t) = 'true')::integer; END IF;
    IF t ~ '^[+-]?[0-9]+$' THEN RETURN t::numeric; END IF;
    PERFORM ss.fail(245, format('Conversion failed when converting the %s value ''%s'' to data type %s.',
      source, ss.t(s), target));
  ELSIF target = 'money' OR target = 'smallmoney' THEN
    IF t = '' THEN RETURN 0; END IF;
    t := replace(regexp_replace(t, '^([+-]?)\$', '\1'), ',', '');
    IF t ~ '^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)$' THEN RETURN t::numeric; END IF;
    PERFORM ss.fail(235, 'Cannot convert a char value to money. The char value has incorrect syntax.', 0);
  ELSIF t ~ '^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)$' THEN
    RETURN t::numeric;
  END IF;
  PERFORM ss.fail(8114, format('Error converting data type %s to numeric.', source), 5);
END $$;

CREATE FUNCTION ss.to_float(s bpchar, source text, target text) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  t text COLLATE "C" := btrim(ss.t(s), E' \t\r\n');
BEGIN
  IF t = '' THEN RETURN 0; END IF;
  IF t ~ '^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$' THEN RETURN t::double precision; END IF;
  PERFORM ss.fail(8114, format('Error converting data type %s to %s.', source, target), 5);
END $$;

-- decimal(p,s): one digit too many is 8115, not a rounded value.
CREATE FUNCTION ss.money_text(n numeric, style integer) RETURNS bpchar LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT (CASE style WHEN 0 THEN round(n, 2)::text
    WHEN 1 THEN to_char(round(n, 2), 'FM999,999,999,999,999,990.00')
    ELSE round(n, 4)::text END)::bpchar $$;

-- Style 0: six digits at most; 1: eight; 2: sixteen; 3: seventeen, which lose nothing.
CREATE FUNCTION ss.float_text(f double precision, style integer) RETURNS bpchar
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  digits integer := CASE style WHEN 0 THEN 6 WHEN 1 THEN 8 WHEN 2 THEN 16 ELSE 17 END;
  t text COLLATE "C" := ltrim(to_char(f, '9.' || repeat('9', digits - 1) || 'EEEE'));
  mantissa text COLLATE "C" := split_part(t, 'e', 1);
  power integer := split_part(t, 'e', 2);
BEGIN
  IF style = 0 AND power BETWEEN -5 AND 14 THEN
    t := trim_scale(round(f::numeric, greatest(digits - 1 - power, 0)))::text;
    -- More than six digits in front of the point go to the exponent's form.
    IF power < digits THEN RETURN t; END IF;
  END IF;
  IF style = 0 THEN mantissa := rtrim(rtrim(mantissa, '0'), '.'); END IF;
  RETURN mantissa || 'e' || CASE WHEN power < 0 THEN '-' ELSE '+' END || lpad(abs(power)::text, 3, '0');
END $$;

-- A number that is too wide for its string: '*' for small integers in char types, 8115 otherwise.
CREATE FUNCTION ss.number_fit(t text, n integer, source text, target text) RETURNS bpchar
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  IF length(t) <= n THEN RETURN t; END IF;
  IF source IN ('tinyint', 'smallint', 'int') AND target IN ('char', 'varchar') THEN RETURN '*'; END IF;
  PERFORM ss.fail(8115, format('Arithmetic overflow error converting %s to data type %s.',
    CASE WHEN source IN ('decimal', 'money') THEN 'numeric' ELSE 'expression' END, target), 2);
END $$;

CREATE FUNCTION ss.round(n numeric, digits integer, cut integer) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT CASE WHEN cut = 0 THEN round(n, digits) ELSE trunc(n, digits) END $$;
