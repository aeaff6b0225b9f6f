-- Change Tracking reads the log in the reader's own snapshot.
CREATE TABLE feed.tracked (
  object_id integer PRIMARY KEY,
  db integer NOT NULL,
  columns boolean NOT NULL,
  -- Versions up to here are not known: tracking began then, or was cleaned up to then.
  began bigint NOT NULL,
  cleaned bigint NOT NULL DEFAULT 0
);

CREATE FUNCTION feed.last_version(place integer) RETURNS bigint LANGUAGE sql STABLE AS
$$ SELECT coalesce(max(t.version), 0) FROM feed.transactions AS t WHERE t.db = place $$;

-- Null while Change Tracking is off.
CREATE FUNCTION feed.current_version(place integer) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT feed.last_version(place) FROM ms.databases AS d
  WHERE d.id = place AND d.tracking_period IS NOT NULL $$;

CREATE FUNCTION feed.begin_version(object integer) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT greatest(t.began, (SELECT max(x.version) FROM feed.log AS l
    JOIN feed.transactions AS x ON x.xid = l.xid AND x.db = t.db
    WHERE l.object_id = object AND l.op = 't'))
  FROM feed.tracked AS t WHERE t.object_id = object $$;

CREATE FUNCTION feed.min_valid_version(object bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT greatest(feed.begin_version(t.object_id), t.cleaned) FROM feed.tracked AS t
  WHERE t.object_id = object AND ms.may(t.db, t.object_id, 'VIEW CHANGE TRACKING') $$;

CREATE VIEW sys.change_tracking_tables AS
  SELECT t.db, t.object_id, t.columns::integer::ms.bit AS is_track_columns_updated_on,
    feed.begin_version(t.object_id) AS begin_version, t.cleaned AS cleanup_version,
    greatest(feed.begin_version(t.object_id), t.cleaned) AS min_valid_version
  FROM feed.tracked AS t;

CREATE FUNCTION feed.track(place integer, object integer, with_columns boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM feed.watch(place, object);
  INSERT INTO feed.tracked (object_id, db, columns, began)
    VALUES (object, place, with_columns, feed.last_version(place))
    ON CONFLICT (object_id) DO UPDATE SET columns = EXCLUDED.columns, began = EXCLUDED.began;
END $$;

CREATE FUNCTION feed.untrack(place integer, object integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM feed.tracked AS t WHERE t.object_id = object;
  PERFORM feed.unwatch(place, object);
END $$;

-- PostgreSQL's names of the primary key's columns.
CREATE FUNCTION feed.keys(object integer) RETURNS text[] LANGUAGE sql STABLE AS $$
  SELECT array_agg('c' || c.column_id ORDER BY c.key_ordinal)
  FROM ms.indexes AS i JOIN ms.index_columns AS c ON c.object_id = i.object_id AND c.index_id = i.id
  WHERE i.object_id = object AND i.is_primary AND c.key_ordinal > 0 $$;

-- An expression for some columns of an image, as an object.
CREATE FUNCTION feed.picked(image text, names text[]) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT 'jsonb_build_object(' || string_agg(format('%L, %s -> %1$L', name, image), ', ') || ')'
  FROM unnest(names) AS name $$;

-- An expression for the ids of the columns whose values differ: '3,5,'.
CREATE FUNCTION feed.differing(object integer) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT string_agg(format('CASE WHEN l.before -> %1$L IS DISTINCT FROM l.after -> %1$L THEN %2$L ELSE %3$L END',
    'c' || c.id, c.id || ',', ''), ' || ')
  FROM ms.columns AS c WHERE c.object_id = object $$;

-- SYS_CHANGE_COLUMNS: null where every column outside the key changed.
CREATE FUNCTION feed.column_mask(object integer, ids text, key_columns text[]) RETURNS bytea
LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN count(*) < (SELECT count(*) FROM ms.columns AS c
      WHERE c.object_id = object AND 'c' || c.id <> ALL (key_columns))
    THEN '\x00000000'::bytea || coalesce(string_agg(
      set_byte(set_byte('\x00000000'::bytea, 0, id % 256), 1, id / 256), ''::bytea ORDER BY id), '') END
  FROM (SELECT DISTINCT part::integer AS id FROM unnest(string_to_array(ids, ',')) AS part
    WHERE part <> '') AS changed $$;

-- The net changes of a table since a version, one row per key. A key that changed is the old one
-- deleted and the new one inserted. The log is entered by transaction (OFFSET 0 keeps it so): recent
-- ones are few.
CREATE FUNCTION feed.changes(object integer, since bigint)
RETURNS TABLE (version bigint, creation bigint, op text, mask bytea, key jsonb) LANGUAGE plpgsql STABLE AS $$
DECLARE
  t feed.tracked;
  keys text[] := feed.keys(object);
BEGIN
  SELECT * INTO t FROM feed.tracked AS each WHERE each.object_id = object;
  RETURN QUERY EXECUTE format($query$
    WITH events AS (
      SELECT x.version, l.n, e.op, e.key, e.changed
      FROM feed.transactions AS x
      CROSS JOIN LATERAL (SELECT l.n, l.op, l.before, l.after FROM feed.log AS l
        WHERE l.xid = x.xid AND l.object_id = $1 AND l.op IN ('i', 'u', 'd') OFFSET 0) AS l
      CROSS JOIN LATERAL (SELECT %1$s AS old, %2$s AS new OFFSET 0) AS k
      CROSS JOIN LATERAL (
        SELECT 'D', k.old, NULL WHERE l.op = 'd' OR (l.op = 'u' AND k.old <> k.new)
        UNION ALL SELECT 'I', k.new, NULL WHERE l.op = 'i' OR (l.op = 'u' AND k.old <> k.new)
        UNION ALL SELECT 'U', k.new, %3$s WHERE l.op = 'u' AND k.old = k.new) AS e (op, key, changed)
      WHERE x.db = $2 AND x.version > $3),
    net AS (
      SELECT e.key, max(e.version) AS version, max(e.version) FILTER (WHERE e.op = 'I') AS creation,
        (array_agg(e.op ORDER BY e.version, e.n, e.op))[1] AS first,
        (array_agg(e.op ORDER BY e.version DESC, e.n DESC, e.op DESC))[1] AS last,
        CASE WHEN bool_and(e.op = 'U') THEN string_agg(e.changed, '') END AS changed
      FROM events AS e GROUP BY e.key),
    masks AS MATERIALIZED (
      SELECT d.changed, feed.column_mask($1, d.changed, $4) AS mask
      FROM (SELECT DISTINCT n.changed FROM net AS n WHERE n.changed IS NOT NULL) AS d)
    SELECT n.version, n.creation,
      CASE WHEN n.last = 'D' THEN 'D' WHEN n.first = 'I' THEN 'I' ELSE 'U' END, m.mask, n.key
    FROM net AS n LEFT JOIN masks AS m ON m.changed = n.changed $query$,
    feed.picked('l.before', keys), feed.picked('l.after', keys),
    CASE WHEN t.columns THEN feed.differing(object) ELSE 'NULL' END)
    USING object, t.db, greatest(coalesce(since, 0), feed.begin_version(object), t.cleaned), keys;
END $$;

-- What the clean-up of old versions does.
CREATE FUNCTION feed.clean_tracking(place integer, version bigint) RETURNS void LANGUAGE sql AS $$
  UPDATE feed.tracked AS t SET cleaned = greatest(t.cleaned, version) WHERE t.db = place $$;
