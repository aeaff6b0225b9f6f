-- 1,000,000 events over the year 2025, one every 31.536 seconds, the same ones every time.

insert into events (event_id, occurred_at, employee_id, kind, page, amount)
select n,
       timestamptz '2025-01-01 00:00+00' + (n - 1) * interval '31.536 seconds',
       n % 500 + 1,
       (array['view', 'view', 'search', 'edit', 'login', 'export', 'purchase'])[n % 7 + 1],
       '/projects/' || n % 200 + 1 || '/tasks/' || n % 4000 + 1,
       case when n % 7 = 6 then (n * 31 % 100000) / 100.0 end
  from generate_series(1::bigint, 1000000) n;

analyze events;
