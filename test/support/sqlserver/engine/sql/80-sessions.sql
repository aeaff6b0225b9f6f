-- Who is logged in; a row counts while its PostgreSQL process lives.
CREATE UNLOGGED TABLE ss.sessions (
  pid integer PRIMARY KEY,
  spid integer NOT NULL,
  login text NOT NULL,
  program text NOT NULL,
  login_time text NOT NULL DEFAULT ss.as_datetime(ss.now()),
  database_id integer NOT NULL,
  read_only boolean NOT NULL DEFAULT false
);

-- `began` is the start of its transaction, NULL without one.
CREATE VIEW ss.live_sessions AS
  SELECT s.spid, s.login, s.program, s.login_time, s.database_id, a.pid, a.state,
    to_char(a.xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '0' AS began,
    to_char(a.query_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '0' AS asked
  FROM ss.sessions AS s JOIN pg_stat_activity AS a ON a.pid = s.pid
  WHERE a.datname = current_database() AND a.application_name = 'sql server session';

CREATE FUNCTION ss.asked_read_only() RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT coalesce((SELECT read_only FROM ss.sessions WHERE pid = pg_backend_pid()), false) $$;

CREATE FUNCTION ss.login() RETURNS text LANGUAGE sql STABLE AS
$$ SELECT login FROM ss.sessions WHERE pid = pg_backend_pid() $$;
