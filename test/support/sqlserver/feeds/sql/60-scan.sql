-- The capture job: from the log into the change tables, transaction by transaction.

-- Expressions over one entry: e.before and e.after of the log; o.operation, o.image of the change
-- table and o.other, the update's other image. They are printed per instance: a function called per
-- row would take most of the time.

-- The captured columns as an object of the change table's columns, 40 to a call.
CREATE FUNCTION feed.captured_values(instance integer, omits boolean) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT string_agg(part, ' || ') FROM (
    SELECT 'jsonb_build_object(' || string_agg(format('%L, %s', 'c' || c.ordinal + 5, CASE
        WHEN c.lob = 'old' THEN format('CASE WHEN o.operation IN (2, 4) THEN o.image -> %L END', 'c' || c.column_id)
        WHEN c.lob = 'max' THEN format('CASE WHEN o.operation %s AND o.image -> %2$L IS NOT DISTINCT FROM o.other -> %2$L
          THEN NULL ELSE o.image -> %2$L END', CASE WHEN omits THEN 'IN (3, 4)' ELSE '= 3' END, 'c' || c.column_id)
        ELSE format('o.image -> %L', 'c' || c.column_id) END), ', ') || ')' AS part
    FROM feed.instance_columns AS c WHERE c.object_id = instance AND NOT c.computed
    GROUP BY c.ordinal / 40) AS parts $$;

-- Bit n of the mask stands in the byte counted from its end; inserts and deletes have all of them.
CREATE FUNCTION feed.update_mask(instance integer) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT 'decode(' || string_agg(byte, ' || ' ORDER BY at DESC) || ', ''hex'')' FROM (
    SELECT (c.ordinal - 1) / 8 AS at, 'lpad(to_hex(' || string_agg(format(
      'CASE WHEN o.operation < 3 OR e.before -> %1$L IS DISTINCT FROM e.after -> %1$L THEN %2$s ELSE 0 END',
      'c' || c.column_id, 1 << (c.ordinal - 1) % 8), ' + ') || '), 2, ''0'')' AS byte
    FROM feed.instance_columns AS c WHERE c.object_id = instance GROUP BY 1) AS bytes $$;

-- What becomes of one entry of the log: an update of the row's key is a delete and an insert.
CREATE FUNCTION feed.operations(instance integer) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT format($query$
    SELECT 2 AS operation, e.after AS image, NULL::jsonb AS other WHERE e.op = 'i'
    UNION ALL SELECT 1, e.before, NULL WHERE e.op = 'd'
    UNION ALL SELECT CASE WHEN %1$s THEN 1 ELSE 3 END, e.before, e.after WHERE e.op = 'u'
    UNION ALL SELECT CASE WHEN %1$s THEN 2 ELSE 4 END, e.after, e.before WHERE e.op = 'u' $query$,
    coalesce((SELECT string_agg(format('e.before -> %1$L IS DISTINCT FROM e.after -> %1$L', 'c' || k.column_id), ' OR ')
      FROM feed.instance_keys AS k WHERE k.object_id = instance), 'false')) $$;

-- Writes the rows of an instance for the transactions after `low` up to `high`.
CREATE FUNCTION feed.capture(i feed.instances, omits boolean, low bigint, high bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  command text := (SELECT 'c' || max(c.ordinal) + 6 FROM feed.instance_columns AS c WHERE c.object_id = i.object_id);
BEGIN
  EXECUTE format($query$
    INSERT INTO %1$s
    SELECT r.*
    FROM (SELECT x.version, l.*, row_number() OVER (PARTITION BY x.version ORDER BY l.n) AS place
      FROM feed.transactions AS x
      CROSS JOIN LATERAL (SELECT l.n, l.object_id, l.op, l.before, l.after FROM feed.log AS l
        WHERE l.xid = x.xid AND l.op IN ('i', 'u', 'd') OFFSET 0) AS l
      WHERE x.db = $1 AND x.version > $2 AND x.version <= $3) AS e
    CROSS JOIN LATERAL (%2$s) AS o
    CROSS JOIN LATERAL jsonb_populate_record(NULL::%1$s, %3$s || jsonb_build_object(
      'c1', feed.commit_lsn(e.version), 'c3', feed.row_lsn(e.version, e.place), 'c4', o.operation,
      'c5', %4$s, %5$L, e.place)) AS r
    WHERE e.object_id = $4 AND e.n > $5 $query$,
    format('d%s.t%s', i.db, i.object_id), feed.operations(i.object_id),
    feed.captured_values(i.object_id, omits), feed.update_mask(i.object_id), command)
    USING i.db, low, high, i.source, i.began;
END $$;

CREATE FUNCTION feed.begin_instances(place integer, low bigint, high bigint) RETURNS void LANGUAGE sql AS $$
  UPDATE feed.instances AS i SET start_lsn = feed.commit_lsn(x.version)
  FROM feed.transactions AS x, feed.log AS l
  WHERE x.db = place AND x.version > low AND x.version <= high AND l.xid = x.xid AND l.op = 'e'
    AND i.object_id = l.object_id $$;

CREATE FUNCTION feed.note_definitions(place integer, low bigint, high bigint) RETURNS void LANGUAGE sql AS $$
  INSERT INTO feed.ddl (db, source, object_id, command, lsn, at)
  SELECT place, i.source, i.object_id, l.note, feed.commit_lsn(x.version), feed.clock(x.ended)
  FROM feed.transactions AS x JOIN feed.log AS l ON l.xid = x.xid AND l.op = 'a'
  JOIN feed.instances AS i ON i.source = l.object_id AND i.began < l.n
  WHERE x.db = place AND x.version > low AND x.version <= high $$;

CREATE FUNCTION feed.note_times(place integer, low bigint, high bigint) RETURNS void LANGUAGE sql AS $$
  INSERT INTO feed.mapping (db, lsn, began, ended, tran_id)
  SELECT place, feed.commit_lsn(x.version), feed.clock(x.began), feed.clock(x.ended),
    decode('0000' || lpad(to_hex(x.version), 8, '0'), 'hex')
  FROM feed.transactions AS x
  WHERE x.db = place AND x.version > low AND x.version <= high AND EXISTS (SELECT FROM feed.log AS l
    JOIN feed.instances AS i ON i.source = l.object_id OR i.object_id = l.object_id WHERE l.xid = x.xid) $$;

-- While nothing changes, max LSN moves all the same.
CREATE FUNCTION feed.note_idleness(place integer, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  next bigint;
BEGIN
  PERFORM feed.lock_numbers();
  IF feed.last_version(place) > (SELECT c.position FROM feed.captured AS c WHERE c.db = place) THEN RETURN; END IF;
  next := nextval('feed.versions');
  INSERT INTO feed.mapping VALUES (place, feed.commit_lsn(next), feed.clock(at), feed.clock(at), '\x00');
  UPDATE feed.captured SET position = next WHERE db = place;
END $$;

CREATE FUNCTION feed.note_scan(place integer, at timestamptz, count integer) RETURNS void LANGUAGE sql AS $$
  -- An empty scan counts in the session of the one before it.
  DELETE FROM feed.scans AS s WHERE s.db = place AND ((s.transactions = 0 AND count = 0)
    OR s.n < (SELECT max(n) - 20 FROM feed.scans));
  INSERT INTO feed.scans (db, began, ended, transactions) VALUES (place, at, at, count) $$;

-- One pass over a database: at most 500 transactions. Answers with their number.
CREATE FUNCTION feed.scan(place integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  now_at timestamptz;
  d feed.captured;
  until timestamptz;
  high bigint;
  count integer;
  i feed.instances;
BEGIN
  SELECT * INTO d FROM feed.captured AS c WHERE c.db = place AND c.running FOR UPDATE;
  IF NOT FOUND THEN RETURN 0; END IF;
  -- Before anything is read: what is over by then is seen by this pass.
  now_at := clock_timestamp();
  until := now_at - d.delay_ms * interval '1 millisecond';
  SELECT max(w.version), count(*) INTO high, count FROM (
    SELECT x.version FROM feed.transactions AS x
    WHERE x.db = place AND x.version > d.position AND x.ended <= until ORDER BY x.version LIMIT 500) AS w;
  IF count > 0 THEN
    PERFORM feed.begin_instances(place, d.position, high);
    FOR i IN SELECT * FROM feed.instances AS each WHERE each.db = place LOOP
      PERFORM feed.capture(i, d.omits_unchanged, d.position, high);
    END LOOP;
    PERFORM feed.note_definitions(place, d.position, high), feed.note_times(place, d.position, high);
    UPDATE feed.captured AS c SET position = high WHERE c.db = place;
  ELSIF until > coalesce((SELECT max(m.ended)::timestamp AT TIME ZONE 'UTC' FROM feed.mapping AS m WHERE m.db = place),
      '-infinity') + d.idle_ms * interval '1 millisecond' THEN
    PERFORM feed.note_idleness(place, until);
  END IF;
  PERFORM feed.note_scan(place, until, count);
  RETURN count;
END $$;
