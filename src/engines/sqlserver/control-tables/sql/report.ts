/** Statements that write rows again by their key, and then those that were not there. */
import type { ValueColumn } from '../../state/value-rows.js';

/** `rows` is a table of values with the alias `v`; @pipeline is a parameter. */
export interface ReportTexts {
  readonly columns: readonly ValueColumn[];
  readonly update: (rows: string) => string;
  readonly insert: (rows: string) => string;
}

export const STATUSES: ReportTexts = {
  columns: [
    { name: 'mapping_id', type: 'int' },
    { name: 'sync_type', type: 'nvarchar' },
    { name: 'sync_key', type: 'nvarchar', binary: true },
    { name: 'status', type: 'nvarchar' },
    { name: 'records_processed', type: 'bigint' },
    { name: 'records_failed', type: 'bigint' },
    { name: 'started_at', type: 'datetime2' },
    { name: 'completed_at', type: 'datetime2' },
    { name: 'error_message', type: 'nvarchar' },
  ],
  update: (rows) => `
update t
   set status = v.status, records_processed = v.records_processed,
       records_failed = v.records_failed, started_at = v.started_at,
       completed_at = v.completed_at, error_message = v.error_message,
       updated_at = sysutcdatetime()
  from sluice.sync_status as t
  join ${rows} on v.mapping_id = t.mapping_id and v.sync_type = t.sync_type
   and v.sync_key = t.sync_key
 where t.pipeline = @pipeline`,
  insert: (rows) => `
insert into sluice.sync_status (pipeline, mapping_id, sync_type, sync_key, status,
       records_processed, records_failed, started_at, completed_at, error_message)
select @pipeline, v.mapping_id, v.sync_type, v.sync_key, v.status,
       v.records_processed, v.records_failed, v.started_at, v.completed_at, v.error_message
  from ${rows}
 where not exists (select 1 from sluice.sync_status as t
                    where t.pipeline = @pipeline and t.mapping_id = v.mapping_id
                      and t.sync_type = v.sync_type and t.sync_key = v.sync_key)`,
};

export const LOGS: ReportTexts = {
  columns: [
    { name: 'event_id', type: 'bigint' },
    { name: 'mapping_id', type: 'int' },
    { name: 'log_level', type: 'nvarchar' },
    { name: 'message', type: 'nvarchar' },
    { name: 'created_at', type: 'datetime2' },
  ],
  update: (rows) => `
update t
   set mapping_id = v.mapping_id, log_level = v.log_level, message = v.message,
       created_at = v.created_at
  from sluice.sync_logs as t
  join ${rows} on v.event_id = t.event_id
 where t.pipeline = @pipeline`,
  insert: (rows) => `
insert into sluice.sync_logs (pipeline, event_id, mapping_id, log_level, message, created_at)
select @pipeline, v.event_id, v.mapping_id, v.log_level, v.message, v.created_at
  from ${rows}
 where not exists (select 1 from sluice.sync_logs as t
                    where t.pipeline = @pipeline and t.event_id = v.event_id)`,
};

export const ERRORS: ReportTexts = {
  columns: [
    { name: 'error_key', type: 'nvarchar', binary: true },
    { name: 'mapping_id', type: 'int' },
    { name: 'error_type', type: 'nvarchar' },
    { name: 'error_message', type: 'nvarchar' },
    { name: 'retry_count', type: 'int' },
    { name: 'at', type: 'datetime2' },
    { name: 'resolved_at', type: 'datetime2' },
  ],
  update: (rows) => `
update t
   set mapping_id = v.mapping_id, error_type = v.error_type, error_message = v.error_message,
       retry_count = v.retry_count, last_at = v.at, resolved_at = v.resolved_at
  from sluice.error_logs as t
  join ${rows} on v.error_key = t.error_key
 where t.pipeline = @pipeline`,
  insert: (rows) => `
insert into sluice.error_logs (pipeline, error_key, mapping_id, error_type, error_message,
       retry_count, created_at, last_at, resolved_at)
select @pipeline, v.error_key, v.mapping_id, v.error_type, v.error_message,
       v.retry_count, v.at, v.at, v.resolved_at
  from ${rows}
 where not exists (select 1 from sluice.error_logs as t
                    where t.pipeline = @pipeline and t.error_key = v.error_key)`,
};

export const VERIFICATIONS: ReportTexts = {
  columns: [
    { name: 'verification_id', type: 'bigint' },
    { name: 'mapping_id', type: 'int' },
    { name: 'verification_status', type: 'nvarchar' },
    { name: 'records_checked', type: 'bigint' },
    { name: 'mismatches', type: 'bigint' },
    { name: 'message', type: 'nvarchar' },
    { name: 'verified_at', type: 'datetime2' },
  ],
  update: (rows) => `
update t
   set mapping_id = v.mapping_id, verification_status = v.verification_status,
       records_checked = v.records_checked, mismatches = v.mismatches, message = v.message,
       verified_at = v.verified_at
  from sluice.verification_logs as t
  join ${rows} on v.verification_id = t.verification_id
 where t.pipeline = @pipeline`,
  insert: (rows) => `
insert into sluice.verification_logs (pipeline, verification_id, mapping_id, verification_status,
       records_checked, mismatches, message, verified_at)
select @pipeline, v.verification_id, v.mapping_id, v.verification_status,
       v.records_checked, v.mismatches, v.message, v.verified_at
  from ${rows}
 where not exists (select 1 from sluice.verification_logs as t
                    where t.pipeline = @pipeline and t.verification_id = v.verification_id)`,
};

export const PROGRESS = `
select event_id, verification_id from sluice.control_progress where pipeline = @pipeline`;

/** Never back: several workers report, and one may be late. */
export const RAISE_PROGRESS = `
update sluice.control_progress
   set event_id = case when @event > event_id then @event else event_id end,
       verification_id = case when @verification > verification_id then @verification
                              else verification_id end
output inserted.pipeline
 where pipeline = @pipeline`;

export const BEGIN_PROGRESS = `
insert into sluice.control_progress (pipeline, event_id, verification_id)
values (@pipeline, @event, @verification)`;
