-- One log for both feeds. A row trigger writes it inside the changing transaction; the last act of
-- that transaction before its commit is to take a lock that all share and then its number. So the
-- numbers are in the order of the commits, and who sees one sees all before it.
CREATE SCHEMA feed;

CREATE SEQUENCE feed.versions;

CREATE FUNCTION feed.clock(t timestamptz) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT ss.as_datetime(to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '0') $$;

CREATE TABLE feed.transactions (
  xid xid8 NOT NULL,
  db integer NOT NULL,
  -- Null until it commits.
  version bigint,
  began timestamptz NOT NULL,
  ended timestamptz,
  PRIMARY KEY (xid, db)
);
CREATE UNIQUE INDEX ON feed.transactions (db, version);

CREATE TABLE feed.log (
  n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  xid xid8 NOT NULL,
  object_id integer NOT NULL,
  -- i, u, d: rows. t: the table was truncated. a: it was altered. e: a capture instance began.
  op "char" NOT NULL,
  before jsonb,
  after jsonb,
  note text
);
CREATE INDEX ON feed.log (xid, object_id);
CREATE INDEX ON feed.log (object_id) WHERE op IN ('t', 'a', 'e');

CREATE FUNCTION feed.lock_numbers() RETURNS void LANGUAGE sql AS
$$ SELECT pg_advisory_xact_lock(7420) $$;

CREATE FUNCTION feed.number() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM feed.lock_numbers();
  UPDATE feed.transactions SET version = nextval('feed.versions'), ended = clock_timestamp()
    WHERE xid = NEW.xid AND db = NEW.db;
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER number AFTER INSERT ON feed.transactions
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION feed.number();
-- Loads without constraints switch ordinary triggers off.
ALTER TABLE feed.transactions ENABLE ALWAYS TRIGGER number;

-- Makes the running transaction one of the log's; the setting spares all rows but the first.
CREATE FUNCTION feed.join_transaction(place integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  mark text := place || ':' || pg_current_xact_id();
BEGIN
  IF current_setting('feed.joined', true) = mark THEN RETURN; END IF;
  INSERT INTO feed.transactions (xid, db, began)
    VALUES (pg_current_xact_id(), place, transaction_timestamp()) ON CONFLICT DO NOTHING;
  PERFORM set_config('feed.joined', mark, true);
END $$;

-- Anything in the log that is not a row.
CREATE FUNCTION feed.mark(place integer, object integer, what "char", note text DEFAULT NULL)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  marked bigint;
BEGIN
  PERFORM feed.join_transaction(place);
  INSERT INTO feed.log (xid, object_id, op, note) VALUES (pg_current_xact_id(), object, what, note)
    RETURNING n INTO marked;
  RETURN marked;
END $$;

-- Arguments: database, table.
CREATE FUNCTION feed.write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- A partition that is switched moves its rows without a trace.
  IF current_setting('ss.unlogged', true) = 'on' THEN RETURN NULL; END IF;
  PERFORM feed.join_transaction(TG_ARGV[0]::integer);
  INSERT INTO feed.log (xid, object_id, op, before, after) VALUES (
    pg_current_xact_id(), TG_ARGV[1]::integer, lower(left(TG_OP, 1))::"char",
    CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,
    CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END);
  RETURN NULL;
END $$;

-- The table is locked until the end of the transaction: nobody changes it unlogged meanwhile.
CREATE FUNCTION feed.watch(place integer, object integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('LOCK TABLE d%s.t%s IN ACCESS EXCLUSIVE MODE', place, object);
  EXECUTE format('CREATE OR REPLACE TRIGGER feed_log AFTER INSERT OR UPDATE OR DELETE ON d%1$s.t%2$s
    FOR EACH ROW EXECUTE FUNCTION feed.write(%1$s, %2$s)', place, object);
  EXECUTE format('ALTER TABLE d%s.t%s ENABLE ALWAYS TRIGGER feed_log', place, object);
END $$;

CREATE FUNCTION feed.unwatch(place integer, object integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM feed.tracked AS t WHERE t.object_id = object)
    AND NOT EXISTS (SELECT FROM feed.instances AS i WHERE i.source = object)
    AND to_regclass(format('d%s.t%s', place, object)) IS NOT NULL THEN
    EXECUTE format('DROP TRIGGER IF EXISTS feed_log ON d%s.t%s', place, object);
  END IF;
END $$;
