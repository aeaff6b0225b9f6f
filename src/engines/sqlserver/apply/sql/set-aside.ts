/** @table. The lane's row is locked before the table's, as every step does. */
export const LOCK_TABLE_STATE = `
select table_id, parks from sluice.table_state with (updlock, rowlock) where table_id = @table`;

/** @lane, @fence: no row when a newer owner has it. */
export const CHANGE_MEMBERSHIP = `
update sluice.lane
   set membership = membership + 1
output inserted.position
 where lane_id = @lane and fence = @fence`;

/**
 * @table, @code, @message, @endsCopy: whether a copy under way is in vain too (changes that it
 * counts on were lost). Otherwise a table that is being copied again goes on with that, which mends
 * it: only its live table is left as it is until then.
 */
export const QUARANTINE = `
update sluice.table_state
   set applies = 0, parks = 1,
       phase_before = case when phase in (N'quarantined', N'fullSync') then phase_before
                           else phase end,
       phase = case when phase = N'fullSync' and @endsCopy = 0 then phase
                    else N'quarantined' end,
       phase_since = case when phase = N'fullSync' and @endsCopy = 0 then phase_since
                          else sysutcdatetime() end,
       fault_code = case when phase = N'fullSync' and @endsCopy = 0 then fault_code
                         else @code end,
       fault_message = case when phase = N'fullSync' and @endsCopy = 0 then fault_message
                            else @message end,
       fault_at = case when phase = N'fullSync' and @endsCopy = 0 then fault_at
                       else sysutcdatetime() end,
       attention = attention + 1, updated_at = sysutcdatetime()
output inserted.pipeline, inserted.target
 where table_id = @table`;

export const QUARANTINED_EVENT = `
insert into sluice.event (pipeline, target, table_id, level, kind, message)
values (@pipeline, @target, @table, N'error', N'quarantined', @message)`;
