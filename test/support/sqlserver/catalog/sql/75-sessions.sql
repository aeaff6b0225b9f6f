-- Sessions and what they have open. A login sees its own session; the others with VIEW SERVER STATE.
-- Needed by test/conformance/sqlserver/rights: "sees no state of the server".
CREATE VIEW sys.dm_exec_sessions AS
  SELECT d.id AS db, s.spid::smallint AS session_id, s.login_time::ms.datetime AS login_time,
    NULL::ms.nvarchar_128 AS host_name, s.program::ms.nvarchar_128 AS program_name,
    s.login::ms.nvarchar_128 AS login_name, s.login::ms.nvarchar_128 AS original_login_name,
    (CASE WHEN s.state = 'active' THEN 'running' ELSE 'sleeping' END)::ms.nvarchar_60 AS status,
    s.database_id::smallint AS database_id, (s.began IS NOT NULL)::integer AS open_transaction_count,
    s.asked::ms.datetime AS last_request_start_time, 1::ms.bit AS is_user_process
  FROM ss.live_sessions AS s CROSS JOIN ms.databases AS d
  WHERE s.pid = pg_backend_pid() OR ms.may_on_server('VIEW SERVER STATE');

CREATE VIEW sys.dm_tran_session_transactions AS
  SELECT d.id AS db, s.spid AS session_id, s.pid::bigint AS transaction_id, 1::ms.bit AS is_user_transaction,
    1::ms.bit AS is_local, 1 AS open_transaction_count
  FROM ss.live_sessions AS s CROSS JOIN ms.databases AS d
  WHERE s.began IS NOT NULL AND (s.pid = pg_backend_pid() OR ms.may_on_server('VIEW SERVER STATE'));

CREATE VIEW sys.dm_tran_active_transactions AS
  SELECT d.id AS db, s.pid::bigint AS transaction_id, 'user_transaction'::ms.nvarchar_60 AS name,
    s.began::ms.datetime AS transaction_begin_time, 1 AS transaction_type, 2 AS transaction_state
  FROM ss.live_sessions AS s CROSS JOIN ms.databases AS d
  WHERE s.began IS NOT NULL AND (s.pid = pg_backend_pid() OR ms.may_on_server('VIEW SERVER STATE'));

-- Locks on tables (OBJECT) of transactions; rows, pages, keys and sessions' own locks are not listed.
-- An intent lock of a reader ends with its statement, so PostgreSQL's of readers are left out
-- (test/conformance/sqlserver/locks: "dm_tran_locks names who holds a table, and how").
CREATE VIEW sys.dm_tran_locks AS
  SELECT d.id AS db, 'OBJECT'::ms.nvarchar_60 AS resource_type, ''::ms.nvarchar_60 AS resource_subtype,
    d.id AS resource_database_id, ''::ms.nvarchar_256 AS resource_description,
    substr(c.relname, 2)::bigint AS resource_associated_entity_id, 0 AS resource_lock_partition,
    (CASE l.mode WHEN 'ShareLock' THEN 'S' WHEN 'ShareRowExclusiveLock' THEN 'SIX' WHEN 'ExclusiveLock' THEN 'X'
      WHEN 'AccessExclusiveLock' THEN 'Sch-M' ELSE 'IX' END)::ms.nvarchar_60 AS request_mode,
    'LOCK'::ms.nvarchar_60 AS request_type,
    (CASE WHEN l.granted THEN 'GRANT' ELSE 'WAIT' END)::ms.nvarchar_60 AS request_status,
    s.spid AS request_session_id, 'TRANSACTION'::ms.nvarchar_60 AS request_owner_type,
    s.pid::bigint AS request_owner_id
  FROM pg_locks AS l
  JOIN pg_class AS c ON c.oid = l.relation AND c.relkind = 'r' AND c.relname ~ '^t[0-9]+$'
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  JOIN ms.databases AS d ON n.nspname = 'd' || d.id
  JOIN ss.live_sessions AS s ON s.pid = l.pid
  WHERE l.locktype = 'relation' AND l.mode NOT IN ('AccessShareLock', 'ShareUpdateExclusiveLock')
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database());

CREATE VIEW sys.dm_db_log_space_usage AS
  SELECT d.id AS db, d.id AS database_id, 1073741824::bigint AS total_log_size_in_bytes,
    10485760::bigint AS used_log_space_in_bytes, 1::real::double precision AS used_log_space_in_percent
  FROM ms.databases AS d;

CREATE VIEW sys.dm_hadr_database_replica_states AS
  SELECT 0 AS db, 0 AS database_id, NULL::ms.uniqueidentifier AS group_database_id, 0::ms.bit AS is_local,
    0::ms.bit AS is_primary_replica, 0::ms.tinyint AS synchronization_state,
    NULL::ms.nvarchar_60 AS synchronization_state_desc, NULL::bigint AS last_commit_lsn,
    NULL::ms.datetime AS last_commit_time
  WHERE false;

-- Server options that the product asks for, with their defaults.
CREATE VIEW sys.configurations AS
  SELECT d.id AS db, 1536 AS configuration_id, 'max text repl size (B)'::ms.nvarchar_60 AS name,
    ms.variant('65536', 'int')::ms.sql_variant AS value, ms.variant('65536', 'int')::ms.sql_variant AS value_in_use
  FROM ms.databases AS d;
