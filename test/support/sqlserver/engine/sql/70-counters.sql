-- rowversion: one counter for everything. A transaction marks the counter's place before its first
-- value, so that MIN_ACTIVE_ROWVERSION sees what is not yet committed.
CREATE SEQUENCE ss.rowversion START 2001;

CREATE FUNCTION ss.next_rowversion() RETURNS bytea LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = 19001
      AND pid = pg_backend_pid() AND objsubid = 2) THEN
    PERFORM pg_advisory_xact_lock_shared(19001, (SELECT last_value::integer FROM ss.rowversion));
  END IF;
  RETURN int8send(nextval('ss.rowversion'));
END $$;

CREATE FUNCTION ss.min_active_rowversion() RETURNS bytea LANGUAGE sql VOLATILE AS $$
  WITH used AS MATERIALIZED (SELECT last_value FROM ss.rowversion)
  SELECT int8send(1 + least((SELECT last_value FROM used),
    (SELECT min(l.objid::bigint) FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
     WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.classid = 19001 AND l.objsubid = 2))) $$;

-- NEWID and NEWSEQUENTIALID; the permutation of a random value is as random.
CREATE FUNCTION ss.newid() RETURNS uuid LANGUAGE sql VOLATILE AS $$ SELECT ss.bytes_uid(uuid_send(gen_random_uuid())) $$;

-- A value given by hand is the last one from now on, unless the counter is past it.
CREATE FUNCTION ss.raise_identity(counter text, increment bigint, seen bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  last bigint;
  called boolean;
BEGIN
  EXECUTE format('SELECT last_value, is_called FROM %s', counter) INTO last, called;
  IF seen IS NOT NULL AND (NOT called AND sign(increment) * (seen - last) >= 0
      OR called AND sign(increment) * (seen - last) > 0) THEN
    PERFORM setval(counter, seen, true);
    last := seen;
  END IF;
  RETURN coalesce(seen, last);
END $$;
