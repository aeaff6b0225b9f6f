-- Dates and times are text: `2026-01-02`, `03:04:05.1234567`, both with a blank between, and for
-- datetimeoffset the instant in UTC with the offset behind it. Ticks are 100 ns since 0001-01-01.
CREATE FUNCTION ss.ticks(t text) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT (extract(epoch FROM left(t, 26)::timestamp)::numeric * 10000000)::bigint + 621355968000000000
    + coalesce(nullif(substr(t, 27, 1), '')::bigint, 0) $$;

CREATE FUNCTION ss.from_ticks(n bigint) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  IF n < 0 OR n >= 3155378976000000000 THEN
    PERFORM ss.fail(517, 'Adding a value to a ''datetime2'' column caused an overflow.');
  END IF;
  RETURN to_char(timestamp '0001-01-01' + make_interval(days => (n / 864000000000)::integer)
      + (n % 864000000000 / 10) * interval '1 microsecond', 'YYYY-MM-DD HH24:MI:SS.US') || (n % 10);
END $$;

-- To `digits` of a second, half up.
CREATE FUNCTION ss.rounded(t text, digits integer) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  unit bigint := 10 ^ (7 - digits);
  n bigint;
BEGIN
  IF digits = 7 OR substr(t, 21 + digits, 7 - digits) = repeat('0', 7 - digits) THEN RETURN t; END IF;
  n := (ss.ticks(left(t, 27)) + unit / 2) / unit * unit;
  RETURN ss.from_ticks(n) || substr(t, 28);
END $$;

CREATE FUNCTION ss.rounded_time(t text, digits integer) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT substr(ss.rounded('2000-01-01 ' || t, digits), 12) $$;

-- datetime has 1/300 second: .000, .003, .007.
CREATE FUNCTION ss.as_datetime(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  n bigint := ss.ticks(t);
  part numeric;
BEGIN
  IF left(t, 4) < '1753' THEN
    PERFORM ss.fail(242, 'The conversion of a datetime2 data type to a datetime data type resulted in an out-of-range value.', 3);
  END IF;
  part := round(n % 864000000000 * 3 / 100000.0);
  RETURN ss.from_ticks(n - n % 864000000000 + round(part * 10 / 3)::bigint * 10000);
END $$;

CREATE FUNCTION ss.as_smalldatetime(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  IF t < '1900-01-01' OR t >= '2079-06-07' THEN
    PERFORM ss.fail(242, 'The conversion of a datetime2 data type to a smalldatetime data type resulted in an out-of-range value.', 3);
  END IF;
  RETURN ss.from_ticks((ss.ticks(t) + 300010000 - 10000) / 600000000 * 600000000);
END $$;

-- '+02:00' in minutes, and a moved clock.
CREATE FUNCTION ss.minutes(offset_text text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT (substr(offset_text, 2, 2)::integer * 60 + substr(offset_text, 5, 2)::integer)
    * CASE left(offset_text, 1) WHEN '-' THEN -1 ELSE 1 END $$;

CREATE FUNCTION ss.moved(t text, m integer) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT CASE WHEN m = 0 THEN left(t, 27) ELSE ss.from_ticks(ss.ticks(left(t, 27)) + m * 600000000::bigint) END $$;

-- Local time of a datetimeoffset; and a local time with its offset as one.
CREATE FUNCTION ss.local(t text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT ss.moved(t, ss.minutes(substr(t, 28))) $$;

CREATE FUNCTION ss.instant(t text, offset_text text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT ss.moved(t, -ss.minutes(offset_text)) || offset_text $$;

-- A string as date and time with seven digits and, where it has one, its offset (else '').
CREATE FUNCTION ss.parse_time(s bpchar, style integer) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  t text COLLATE "C" := btrim(ss.t(s), ' ');
  m text[];
  day text COLLATE "C";
BEGIN
  IF t = '' THEN RETURN '1900-01-01 00:00:00.0000000'; END IF;
  m := regexp_match(t, '^(?:(\d{4})-?(\d\d)-?(\d\d))?(?:(?:^|[T ]| +)(\d{1,2}):(\d\d)(?::(\d\d)(?:[.:](\d{1,9}))?)?)? ?(Z|[+-]\d\d:\d\d)?$');
  IF m IS NULL OR m[1] IS NULL AND m[4] IS NULL THEN
    IF style IN (0, 1, 101) THEN
      m := regexp_match(t, '^(\d{1,2})/(\d{1,2})/(\d{4})(?: (\d{1,2}):(\d\d)(?::(\d\d)(?:[.:](\d{1,9}))?)?)?$');
      IF m IS NOT NULL THEN m := ARRAY[m[3], lpad(m[1], 2, '0'), lpad(m[2], 2, '0'), m[4], m[5], m[6], m[7], NULL]; END IF;
    ELSIF style IN (103, 104) THEN
      m := regexp_match(t, '^(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?: (\d{1,2}):(\d\d)(?::(\d\d)(?:[.:](\d{1,9}))?)?)?$');
      IF m IS NOT NULL THEN m := ARRAY[m[3], lpad(m[2], 2, '0'), lpad(m[1], 2, '0'), m[4], m[5], m[6], m[7], NULL]; END IF;
    END IF;
  END IF;
  IF m IS NULL OR coalesce(m[4]::integer, 0) > 23 OR coalesce(m[5]::integer, 0) > 59 OR coalesce(m[6]::integer, 0) > 59 THEN
    PERFORM ss.fail(241, 'Conversion failed when converting date and/or time from character string.');
  END IF;
  day := coalesce(m[1] || '-' || m[2] || '-' || m[3], '1900-01-01');
  BEGIN
    IF m[1] = '0000' THEN RAISE datetime_field_overflow; END IF;
    PERFORM day::date;
  EXCEPTION WHEN OTHERS THEN
    PERFORM ss.fail(241, 'Conversion failed when converting date and/or time from character string.');
  END;
  RETURN day || ' ' || lpad(coalesce(m[4], '00'), 2, '0') || ':' || coalesce(m[5], '00') || ':'
    || coalesce(m[6], '00') || '.' || rpad(left(coalesce(m[7], ''), 7), 7, '0')
    || CASE WHEN m[8] = 'Z' THEN '+00:00' ELSE coalesce(m[8], '') END;
END $$;

-- `t` is local and whole (date and time); `offset_text` is '' but for datetimeoffset.
CREATE FUNCTION ss.time_text(t text, offset_text text, kind text, digits integer, style integer) RETURNS bpchar
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  day text COLLATE "C" := left(t, 10);
  clock text COLLATE "C" := substr(t, 12, 8);
  fraction text COLLATE "C" := CASE WHEN digits > 0 THEN '.' || substr(t, 21, digits) ELSE '' END;
  shown text COLLATE "C" := CASE WHEN substr(t, 21, 7) = '0000000' THEN '' ELSE fraction END;
  tail text COLLATE "C" := CASE WHEN offset_text = '' THEN '' ELSE ' ' || offset_text END;
  stamp timestamp := left(t, 19)::timestamp;
BEGIN
  IF kind = 'date' AND style IN (0, 100) THEN RETURN to_char(stamp, 'Mon ') || lpad(extract(day FROM stamp)::text, 2) || to_char(stamp, ' YYYY'); END IF;
  IF kind = 'date' AND style IN (20, 21, 23, 25, 120, 121, 126, 127) THEN RETURN day; END IF;
  IF kind = 'time' AND style IN (21, 25, 121, 126, 127, 114, 14) THEN RETURN clock || fraction; END IF;
  IF kind = 'time' AND style IN (20, 120, 8, 24, 108) THEN RETURN clock; END IF;
  RETURN CASE style
    WHEN 0 THEN to_char(stamp, 'Mon ') || lpad(extract(day FROM stamp)::text, 2) || to_char(stamp, ' YYYY ') || lpad(ltrim(to_char(stamp, 'HH12:MIAM'), '0'), 7) || tail
    WHEN 100 THEN to_char(stamp, 'Mon ') || lpad(extract(day FROM stamp)::text, 2) || to_char(stamp, ' YYYY ') || lpad(ltrim(to_char(stamp, 'HH12:MIAM'), '0'), 7) || tail
    WHEN 101 THEN to_char(stamp, 'MM/DD/YYYY')
    WHEN 102 THEN to_char(stamp, 'YYYY.MM.DD')
    WHEN 103 THEN to_char(stamp, 'DD/MM/YYYY')
    WHEN 104 THEN to_char(stamp, 'DD.MM.YYYY')
    WHEN 108 THEN clock WHEN 8 THEN clock WHEN 24 THEN clock
    WHEN 111 THEN to_char(stamp, 'YYYY/MM/DD')
    WHEN 112 THEN to_char(stamp, 'YYYYMMDD')
    WHEN 14 THEN clock || replace(fraction, '.', ':') WHEN 114 THEN clock || replace(fraction, '.', ':')
    WHEN 20 THEN day || ' ' || clock || tail WHEN 120 THEN day || ' ' || clock || tail
    WHEN 21 THEN day || ' ' || clock || fraction || tail
    WHEN 25 THEN day || ' ' || clock || fraction || tail
    WHEN 121 THEN day || ' ' || clock || fraction || tail
    WHEN 23 THEN day
    WHEN 126 THEN day || 'T' || clock || shown || offset_text
    WHEN 127 THEN CASE WHEN offset_text = '' THEN day || 'T' || clock || shown
      ELSE replace(left(ss.moved(t, -ss.minutes(offset_text)), 19), ' ', 'T') || shown || 'Z' END
    ELSE ss.fail(281, format('%s is not a valid style number when converting from %s to a character string.', style, kind))::text END;
END $$;

CREATE FUNCTION ss.now() RETURNS text LANGUAGE sql STABLE AS
$$ SELECT to_char(statement_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '0' $$;

-- Boundaries crossed since year 1, by part; a week begins on Sunday.
CREATE FUNCTION ss.boundary(part text, t text) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE part
    WHEN 'year' THEN left(t, 4)::bigint
    WHEN 'quarter' THEN left(t, 4)::bigint * 4 + (substr(t, 6, 2)::integer - 1) / 3
    WHEN 'month' THEN left(t, 4)::bigint * 12 + substr(t, 6, 2)::integer
    WHEN 'day' THEN ss.ticks(t) / 864000000000
    WHEN 'week' THEN (ss.ticks(t) / 864000000000 + 1) / 7
    WHEN 'hour' THEN ss.ticks(t) / 36000000000
    WHEN 'minute' THEN ss.ticks(t) / 600000000
    WHEN 'second' THEN ss.ticks(t) / 10000000
    WHEN 'millisecond' THEN ss.ticks(t) / 10000
    WHEN 'microsecond' THEN ss.ticks(t) / 10
    WHEN 'nanosecond' THEN ss.ticks(t) * 100 END $$;

CREATE FUNCTION ss.dateadd(part text, n bigint, t text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  unit bigint := CASE part WHEN 'day' THEN 864000000000 WHEN 'week' THEN 6048000000000
    WHEN 'hour' THEN 36000000000 WHEN 'minute' THEN 600000000 WHEN 'second' THEN 10000000
    WHEN 'millisecond' THEN 10000 WHEN 'microsecond' THEN 10 END;
  months bigint := CASE part WHEN 'year' THEN 12 WHEN 'quarter' THEN 3 WHEN 'month' THEN 1 END;
BEGIN
  IF unit IS NOT NULL THEN RETURN ss.from_ticks(ss.ticks(t) + n * unit); END IF;
  IF part = 'nanosecond' THEN RETURN ss.from_ticks(ss.ticks(t) + n / 100); END IF;
  RETURN to_char(left(t, 26)::timestamp + make_interval(months => (n * months)::integer),
    'YYYY-MM-DD HH24:MI:SS.US') || substr(t, 27, 1);
END $$;

CREATE FUNCTION ss.datepart(part text, t text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE part
    WHEN 'year' THEN left(t, 4)::integer
    WHEN 'quarter' THEN (substr(t, 6, 2)::integer + 2) / 3
    WHEN 'month' THEN substr(t, 6, 2)::integer
    WHEN 'day' THEN substr(t, 9, 2)::integer
    WHEN 'dayofyear' THEN extract(doy FROM left(t, 19)::timestamp)::integer
    WHEN 'weekday' THEN extract(dow FROM left(t, 19)::timestamp)::integer + 1
    WHEN 'iso_week' THEN extract(week FROM left(t, 19)::timestamp)::integer
    WHEN 'hour' THEN substr(t, 12, 2)::integer
    WHEN 'minute' THEN substr(t, 15, 2)::integer
    WHEN 'second' THEN substr(t, 18, 2)::integer
    WHEN 'millisecond' THEN substr(t, 21, 3)::integer
    WHEN 'microsecond' THEN substr(t, 21, 6)::integer
    WHEN 'nanosecond' THEN substr(t, 21, 7)::integer * 100 END $$;

-- What ss.parse_time answers, as a datetimeoffset; without an offset it is UTC.
CREATE FUNCTION ss.to_instant(parsed text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT ss.instant(left(parsed, 27), coalesce(nullif(substr(parsed, 28), ''), '+00:00')) $$;
