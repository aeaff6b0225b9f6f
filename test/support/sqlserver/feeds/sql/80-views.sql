CREATE VIEW sys.dm_cdc_log_scan_sessions AS
  SELECT s.db, s.n::integer AS session_id, feed.clock(s.began)::ms.datetime AS start_time,
    feed.clock(s.ended)::ms.datetime AS end_time, 0 AS duration, 'Done'::ms.nvarchar_60 AS scan_phase,
    0 AS error_count, s.transactions::bigint AS tran_count, s.transactions::bigint AS command_count,
    0 AS latency, (s.transactions = 0)::integer AS empty_scan_count, 0 AS failed_sessions_count
  FROM feed.scans AS s
  UNION ALL
  SELECT s.db, 0, feed.clock(min(s.began))::ms.datetime, feed.clock(max(s.ended))::ms.datetime, 0,
    'Aggregate'::ms.nvarchar_60, 0,
    sum(s.transactions)::bigint, sum(s.transactions)::bigint, 0, count(*) FILTER (WHERE s.transactions = 0)::integer, 0
  FROM feed.scans AS s GROUP BY s.db;

CREATE VIEW sys.dm_cdc_errors AS
  SELECT 0 AS db, 0 AS session_id, 0 AS phase_number, NULL::ms.datetime AS entry_time, 0 AS error_number,
    0 AS error_severity, 0 AS error_state, NULL::ms.nvarchar_1035 AS error_message
  WHERE false;

CREATE VIEW sys.dm_server_services AS
  SELECT d.id AS db, s.name::ms.nvarchar_256 AS servicename, s.status AS status,
    (CASE s.status WHEN 4 THEN 'Running' ELSE 'Stopped' END)::ms.nvarchar_256 AS status_desc,
    2 AS startup_type, 'Automatic'::ms.nvarchar_256 AS startup_type_desc
  FROM ms.databases AS d CROSS JOIN LATERAL (VALUES ('SQL Server (MSSQLSERVER)', 4),
    ('SQL Server Agent (MSSQLSERVER)', CASE WHEN EXISTS (SELECT FROM feed.captured AS c WHERE NOT c.running)
      THEN 1 ELSE 4 END)) AS s (name, status);

-- msdb.dbo.cdc_jobs.
SELECT feed.add_view(d.id, 1, 'cdc_jobs', ARRAY[['database_id', 'int'], ['job_type', 'nvarchar(20)'],
    ['job_id', 'uniqueidentifier'], ['maxtrans', 'int'], ['maxscans', 'int'], ['continuous', 'bit'],
    ['pollinginterval', 'bigint'], ['retention', 'bigint'], ['threshold', 'bigint']],
  $$SELECT c.db, j.type, NULL::uuid, j.maxtrans, j.maxscans, j.continuous, j.polling, j.retention, j.threshold
    FROM feed.captured AS c CROSS JOIN (VALUES ('capture', 500, 10, 1, 5::bigint, 0::bigint, 0::bigint),
      ('cleanup', 0, 0, 0, 0, 4320, 5000)) AS j (type, maxtrans, maxscans, continuous, polling, retention, threshold)$$)
FROM ms.databases AS d WHERE d.name = 'msdb';
