-- One row for each mapping and what it does: its change stream, its last full sync, or neither yet.
create or alter view sluice.v_sync_summary as
select m.mapping_id, s.server_name,
       m.source_database, m.source_schema, m.source_table,
       m.dest_database, m.dest_schema, m.dest_table,
       s.is_enabled as server_enabled, m.is_enabled, m.cdc_enabled,
       y.sync_type, y.status, y.records_processed, y.records_failed,
       y.started_at, y.completed_at, y.error_message, y.updated_at,
       v.verification_status, v.verified_at,
       (select count(*) from sluice.error_logs as e
         where e.mapping_id = m.mapping_id and e.resolved_at is null) as open_errors
  from sluice.table_mappings as m
  join sluice.source_servers as s on s.server_id = m.server_id
  left join (select mapping_id, sync_type, status, records_processed, records_failed, started_at,
                    completed_at, error_message, updated_at,
                    row_number() over (partition by mapping_id, sync_type
                                       order by started_at desc, sync_id desc) as n
               from sluice.sync_status) as y on y.mapping_id = m.mapping_id and y.n = 1
  left join (select mapping_id, verification_status, verified_at,
                    row_number() over (partition by mapping_id
                                       order by verified_at desc, verification_log_id desc) as n
               from sluice.verification_logs) as v on v.mapping_id = m.mapping_id and v.n = 1;
GO
-- Errors that are open, and those of the last seven days.
create or alter view sluice.v_recent_errors as
select e.error_id, e.mapping_id, s.server_name,
       m.source_database, m.source_schema, m.source_table,
       m.dest_database, m.dest_schema, m.dest_table,
       e.error_type, e.error_message, e.retry_count, e.created_at, e.last_at, e.resolved_at,
       e.pipeline
  from sluice.error_logs as e
  left join sluice.table_mappings as m on m.mapping_id = e.mapping_id
  left join sluice.source_servers as s on s.server_id = m.server_id
 where e.resolved_at is null or e.last_at >= dateadd(day, -7, sysutcdatetime());
