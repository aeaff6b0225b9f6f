-- Strings count UTF-16 units: a character beyond U+FFFF counts twice. From U+10F000 on stand the
-- units that PostgreSQL cannot hold (values/escape.ts), one each.
CREATE FUNCTION ss.beyond(text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE WHEN octet_length($1) < length($1) + 3 THEN 0
    ELSE regexp_count($1 COLLATE "C", '[\U00010000-\U0010EFFF]') END $$;

CREATE FUNCTION ss.units(bpchar) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT length(ss.t($1)) + ss.beyond(ss.t($1)) $$;

-- LEN: without trailing blanks, which is what length(bpchar) counts.
CREATE FUNCTION ss.len(bpchar) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT length($1) + ss.beyond(ss.t($1)) $$;

-- Characters beyond U+FFFF as two held units, so that positions count units.
CREATE FUNCTION ss.split_pairs(s text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  c text COLLATE "C";
  p integer;
  out text COLLATE "C" := '';
BEGIN
  FOREACH c IN ARRAY string_to_array(s, NULL) LOOP
    p := ascii(c) - 65536;
    IF p < 0 OR ascii(c) >= 1110016 THEN
      out := out || c;
    ELSE
      out := out || chr(1110016 + p / 1024) || chr(1110016 + 1024 + p % 1024);
    END IF;
  END LOOP;
  RETURN out;
END $$;

CREATE FUNCTION ss.join_pairs(s text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  c text COLLATE "C";
  high integer;
  out text COLLATE "C" := '';
  p integer;
BEGIN
  FOREACH c IN ARRAY string_to_array(s, NULL) LOOP
    p := ascii(c) - 1110016;
    IF p BETWEEN 1024 AND 2047 AND high IS NOT NULL THEN
      -- A pair that would land in the held range stays held.
      IF 65536 + high * 1024 + p - 1024 >= 1110016 THEN
        out := out || chr(1110016 + high) || c;
      ELSE
        out := out || chr(65536 + high * 1024 + p - 1024);
      END IF;
      high := NULL;
    ELSE
      IF high IS NOT NULL THEN out := out || chr(1110016 + high); END IF;
      high := CASE WHEN p BETWEEN 0 AND 1023 THEN p END;
      IF high IS NULL THEN out := out || c; END IF;
    END IF;
  END LOOP;
  IF high IS NOT NULL THEN out := out || chr(1110016 + high); END IF;
  RETURN out;
END $$;

CREATE FUNCTION ss.substring(s bpchar, first bigint, count bigint) RETURNS bpchar
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  t text COLLATE "C" := textin(bpcharout(s));
  low bigint := greatest(first, 1);
  high bigint := least(first + count, 2147483647);
BEGIN
  IF count < 0 THEN
    PERFORM ss.fail(537, 'Invalid length parameter passed to the LEFT or SUBSTRING function.');
  END IF;
  IF high <= low THEN RETURN ''; END IF;
  IF ss.beyond(t) = 0 THEN
    RETURN substr(t, low::integer, (high - low)::integer);
  END IF;
  RETURN ss.join_pairs(substr(ss.split_pairs(t), low::integer, (high - low)::integer));
END $$;

CREATE FUNCTION ss.substring(b bytea, first bigint, count bigint) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE WHEN first + count <= 1 THEN ''::bytea
    ELSE substr(b, greatest(first, 1)::integer,
      (least(first + count, 2147483647) - greatest(first, 1))::integer) END $$;

CREATE FUNCTION ss.left(s bpchar, n bigint) RETURNS bpchar LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT ss.substring(s, 1, n) $$;

CREATE FUNCTION ss.right(s bpchar, n bigint) RETURNS bpchar LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT ss.substring(s, greatest(ss.units(s) - n + 1, 1), n) $$;

CREATE FUNCTION ss.cat(bpchar, bpchar) RETURNS bpchar LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT (textin(bpcharout($1)) || textin(bpcharout($2)))::bpchar $$;

CREATE FUNCTION ss.trim(s bpchar, side text) RETURNS bpchar LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT (CASE side WHEN 'left' THEN ltrim(ss.t(s), ' ') ELSE rtrim(ss.t(s), ' ') END)::bpchar $$;

-- CAST cuts in silence.
CREATE FUNCTION ss.cut(s bpchar, n integer) RETURNS bpchar LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE WHEN octet_length(ss.t(s)) <= n THEN s ELSE ss.substring(s, 1, n) END $$;

-- Assignment refuses; blanks at the end may go.
CREATE FUNCTION ss.fit(s bpchar, n integer, target text) RETURNS bpchar
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  IF octet_length(textin(bpcharout(s))) <= n THEN RETURN s; END IF;
  IF ss.len(s) > n THEN
    PERFORM ss.fail(2628, format('String or binary data would be truncated in %s. Truncated value: ''%s''.',
      target, ss.t(ss.substring(s, 1, n))));
  END IF;
  RETURN ss.substring(s, 1, n);
END $$;

CREATE FUNCTION ss.pad(s bpchar, n integer) RETURNS bpchar LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT (ss.t(s) || repeat(' ', n - ss.units(s)))::bpchar $$;

-- What a code page cannot say becomes a question mark.
CREATE FUNCTION ss.page(s bpchar, encoding text) RETURNS bpchar LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  t text COLLATE "C" := textin(bpcharout(s));
  c text COLLATE "C";
  out text COLLATE "C" := '';
BEGIN
  IF encoding = 'UTF8' OR octet_length(t) = length(t) THEN RETURN s; END IF;
  BEGIN
    PERFORM convert_to(t, encoding);
    RETURN s;
  EXCEPTION WHEN untranslatable_character THEN NULL;
  END;
  FOREACH c IN ARRAY string_to_array(t, NULL) LOOP
    BEGIN
      IF c <> chr(1112064) THEN PERFORM convert_to(c, encoding); END IF;
      out := out || c;
    EXCEPTION WHEN untranslatable_character THEN
      -- Two units, two marks.
      out := out || repeat('?', 1 + ss.beyond(c));
    END;
  END LOOP;
  RETURN out;
END $$;

CREATE FUNCTION ss.replace(s bpchar, what bpchar, by bpchar) RETURNS bpchar
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  IF textin(bpcharout(what)) = '' THEN RETURN s; END IF;
  RETURN replace(ss.t(s) COLLATE "C", ss.t(what), ss.t(by));
END $$;

-- As REPLACE, but by a collation that is not binary; one ASCII letter by one needs none.
CREATE FUNCTION ss.replace_ci(s bpchar, what bpchar, by bpchar) RETURNS bpchar
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  t text COLLATE "C" := textin(bpcharout(s));
  w text COLLATE "C" := textin(bpcharout(what));
  b text COLLATE "C" := textin(bpcharout(by));
BEGIN
  IF w = '' THEN RETURN s; END IF;
  IF octet_length(w) = 1 AND length(b) = 1 THEN RETURN translate(t, lower(w) || upper(w), b || b); END IF;
  RETURN replace(t COLLATE ss.ci_as, w, b);
END $$;

-- The cost is what it was measured to be, beside an operator.
CREATE FUNCTION ss.charindex(what bpchar, s bpchar, start bigint, ci boolean) RETURNS integer
LANGUAGE plpgsql IMMUTABLE STRICT COST 2000 AS $$
DECLARE
  skip integer := greatest(start - 1, 0);
  rest text COLLATE "C" := ss.split_pairs_if(substr(ss.split_pairs_if(textin(bpcharout(s))), skip + 1));
  wanted text COLLATE "C" := ss.split_pairs_if(textin(bpcharout(what)));
  found integer;
BEGIN
  IF wanted = '' THEN RETURN 0; END IF;
  found := CASE WHEN ci AND (octet_length(wanted) <> length(wanted) OR wanted ~ '[A-Za-z]') THEN strpos(rest COLLATE ss.ci_as, wanted) ELSE strpos(rest, wanted) END;
  RETURN CASE WHEN found = 0 THEN 0 ELSE found + skip END;
END $$;

CREATE FUNCTION ss.split_pairs_if(s text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT CASE WHEN ss.beyond(s) = 0 THEN s ELSE ss.split_pairs(s) END $$;

CREATE FUNCTION ss.quotename(s bpchar, quote bpchar) RETURNS bpchar LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT (CASE WHEN ss.units(s) > 128 THEN NULL
    WHEN quote IN ('[', ']') THEN '[' || replace(ss.t(s) COLLATE "C", ']', ']]') || ']'
    WHEN quote = '''' THEN '''' || replace(ss.t(s) COLLATE "C", '''', '''''') || ''''
    WHEN quote = '"' THEN '"' || replace(ss.t(s) COLLATE "C", '"', '""') || '"' END)::bpchar $$;

-- LIKE knows classes; PostgreSQL's regular expressions do too. Blanks at the end of the text count.
CREATE FUNCTION ss.like_pattern(p text, esc text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  c text COLLATE "C";
  i integer := 1;
  inside boolean := false;
  out text COLLATE "C" := '^';
BEGIN
  WHILE i <= length(p) LOOP
    c := substr(p, i, 1);
    IF esc <> '' AND c = esc THEN
      i := i + 1;
      out := out || regexp_replace(substr(p, i, 1), '([][\\^$.|?*+(){}])', '\\\1');
    ELSIF inside THEN
      inside := c <> ']';
      out := out || CASE WHEN c = '\' THEN '\\' ELSE c END;
    ELSIF c = '[' THEN
      inside := true;
      -- [[] is a bracket; a ] right after [ closes nothing in a regular expression.
      out := out || CASE WHEN substr(p, i + 1, 1) = '[' THEN '[\[' ELSE '[' END;
      IF substr(p, i + 1, 1) = '[' THEN i := i + 1; END IF;
    ELSE
      out := out || CASE c WHEN '%' THEN '.*' WHEN '_' THEN '.'
        ELSE regexp_replace(c, '([][\\^$.|?*+(){}])', '\\\1') END;
    END IF;
    i := i + 1;
  END LOOP;
  RETURN out || '$';
END $$;

CREATE FUNCTION ss.like(s bpchar, p bpchar, esc bpchar, ci boolean) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE WHEN ci THEN lower(ss.t(s) COLLATE "und-x-icu") COLLATE "C"
      ~ ss.like_pattern(lower(ss.t(p) COLLATE "und-x-icu") COLLATE "C", ss.t(esc) COLLATE "C")
    ELSE ss.t(s) COLLATE "C" ~ ss.like_pattern(ss.t(p) COLLATE "C", ss.t(esc) COLLATE "C") END $$;

-- Style 0 drops white space between elements, style 1 keeps it. SQL Server drops the declaration.
CREATE FUNCTION ss.xml(s bpchar, style integer) RETURNS bpchar LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT (CASE style WHEN 1 THEN x ELSE regexp_replace(x, '>\s+<', '><', 'g') END)::bpchar
  FROM (SELECT regexp_replace(ss.t(s) COLLATE "C", '^<\?xml[^>]*\?>\s*', '')) AS d(x) $$;
