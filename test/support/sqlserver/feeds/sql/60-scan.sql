-- The capture job: from the log into the change tables, transaction by transaction.

-- Bit n of the mask stands in the byte counted from its end.
CREATE FUNCTION feed.update_mask(instance integer, before jsonb, after jsonb) RETURNS bytea
LANGUAGE plpgsql STABLE AS $$
DECLARE
  c record;
  bytes integer := (SELECT (count(*) + 7) / 8 FROM feed.instance_columns WHERE object_id = instance);
  mask bytea := decode(repeat('00', bytes), 'hex');
BEGIN
  FOR c IN SELECT ordinal - 1 AS bit, 'c' || column_id AS name FROM feed.instance_columns
    WHERE object_id = instance LOOP
    IF before IS NULL OR before -> c.name IS DISTINCT FROM after -> c.name THEN
      mask := set_bit(mask, (bytes - 1 - c.bit / 8) * 8 + c.bit % 8, 1);
    END IF;
  END LOOP;
  RETURN mask;
END $$;

-- A row of the change table as far as its captured columns go. `other` is the update's other image.
CREATE FUNCTION feed.captured_values(instance integer, operation integer, image jsonb, other jsonb, omits boolean)
RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_object_agg('c' || c.ordinal + 5, CASE
      WHEN c.computed OR (c.lob = 'old' AND operation IN (1, 3)) THEN NULL
      WHEN c.lob = 'max' AND (operation = 3 OR (operation = 4 AND omits))
        AND image -> ('c' || c.column_id) IS NOT DISTINCT FROM other -> ('c' || c.column_id) THEN NULL
      ELSE image -> ('c' || c.column_id) END)
  FROM feed.instance_columns AS c WHERE c.object_id = instance $$;

-- What becomes of one entry of the log: an update of the row's key is a delete and an insert.
CREATE FUNCTION feed.operations(op "char", before jsonb, after jsonb, keys text[])
RETURNS TABLE (operation integer, image jsonb, other jsonb) LANGUAGE sql STABLE AS $$
  SELECT 2, after, NULL::jsonb WHERE op = 'i'
  UNION ALL SELECT 1, before, NULL WHERE op = 'd'
  UNION ALL
  SELECT o.* FROM (SELECT keys IS NOT NULL AND feed.pick(before, keys) <> feed.pick(after, keys) AS moved) AS k
  CROSS JOIN LATERAL (VALUES
    (CASE WHEN k.moved THEN 1 ELSE 3 END, before, CASE WHEN NOT k.moved THEN after END),
    (CASE WHEN k.moved THEN 2 ELSE 4 END, after, CASE WHEN NOT k.moved THEN before END)) AS o
  WHERE op = 'u' $$;

-- The rows that an instance gets for the transactions after `low` up to `high`.
CREATE FUNCTION feed.captured_rows(instance integer, low bigint, high bigint) RETURNS SETOF jsonb
LANGUAGE sql STABLE SET enable_hashjoin = off SET enable_mergejoin = off AS $$
  WITH i AS (
    SELECT i.*, d.omits_unchanged,
      (SELECT array_agg('c' || k.column_id) FROM feed.instance_keys AS k WHERE k.object_id = instance) AS keys,
      (SELECT 'c' || max(c.ordinal) + 6 FROM feed.instance_columns AS c WHERE c.object_id = instance) AS command
    FROM feed.instances AS i JOIN feed.captured AS d ON d.db = i.db WHERE i.object_id = instance),
  entries AS (
    SELECT i.*, x.version, l.n, l.object_id AS changed, l.op, l.before, l.after,
      row_number() OVER (PARTITION BY l.xid ORDER BY l.n) AS place
    FROM i JOIN feed.transactions AS x ON x.db = i.db AND x.version > low AND x.version <= high
    JOIN feed.log AS l ON l.xid = x.xid AND l.op IN ('i', 'u', 'd'))
  SELECT feed.captured_values(instance, o.operation, o.image, o.other, e.omits_unchanged) || jsonb_build_object(
    'c1', feed.commit_lsn(e.version), 'c3', feed.row_lsn(e.version, e.place), 'c4', o.operation,
    'c5', feed.update_mask(instance, CASE o.operation WHEN 3 THEN o.image WHEN 4 THEN o.other END,
      CASE o.operation WHEN 3 THEN o.other ELSE o.image END),
    e.command, e.place)
  FROM entries AS e CROSS JOIN LATERAL feed.operations(e.op, e.before, e.after, e.keys) AS o
  WHERE e.changed = e.source AND e.n > e.began $$;

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
  -- Before anything is read: what is over by then is seen by this pass.
  now_at timestamptz := clock_timestamp();
  d feed.captured;
  until timestamptz;
  high bigint;
  count integer;
  i feed.instances;
BEGIN
  SELECT * INTO d FROM feed.captured AS c WHERE c.db = place AND c.running FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN RETURN 0; END IF;
  until := now_at - d.delay_ms * interval '1 millisecond';
  SELECT max(w.version), count(*) INTO high, count FROM (
    SELECT x.version FROM feed.transactions AS x
    WHERE x.db = place AND x.version > d.position AND x.ended <= until ORDER BY x.version LIMIT 500) AS w;
  IF count > 0 THEN
    PERFORM feed.begin_instances(place, d.position, high);
    FOR i IN SELECT * FROM feed.instances AS each WHERE each.db = place LOOP
      EXECUTE format('INSERT INTO d%1$s.t%2$s SELECT r.* FROM feed.captured_rows($1, $2, $3) AS f (image)
        CROSS JOIN LATERAL jsonb_populate_record(NULL::d%1$s.t%2$s, f.image) AS r', place, i.object_id)
        USING i.object_id, d.position, high;
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
