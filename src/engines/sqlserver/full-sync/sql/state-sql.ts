/** What the steps of a full sync ask and tell the state. @table, @epoch: whose. */

export const LOCK_TABLE = `
select fence from sluice.table_state with (updlock, rowlock) where table_id = @table`;

export const TABLE_FENCE = `
select fence from sluice.table_state where table_id = @table`;

export const CHUNK_DONE = `
update sluice.chunk
   set state = N'done', rows = @rows, bytes = @bytes, source_position = @position,
       finished_at = sysutcdatetime()
output inserted.n
 where table_id = @table and epoch = @epoch and n = @n and fence = @fence and state = N'running'`;

export const COUNT_ROWS = `
update sluice.table_state
   set rows_copied = rows_copied + @rows
output inserted.table_id
 where table_id = @table and epoch = @epoch and fence = @fence`;

/** Chunks that were loaded into a stage that is gone have to be loaded again. */
export const RESET_LEDGER = `
update sluice.chunk
   set state = N'pending', rows = null, bytes = null, source_position = null
output inserted.n
 where table_id = @table and epoch = @epoch and state = N'done'`;

export const RESET_COUNTER = `
update sluice.table_state set rows_copied = 0 where table_id = @table`;

export const COPIED = `
select count(*) as planned,
       isnull(sum(case when state = N'done' then 0 else 1 end), 0) as waiting
  from sluice.chunk
 where table_id = @table and epoch = @epoch`;

/**
 * Chunks are read at different moments, so a stage is one state of the source only from the
 * position on that all of them lie before. A table that does not park has no feed.
 */
export const CATCH_UP = `
select t.parks, l.position as lane_position, seen.position as seen_position,
       case when exists (select 1 from sluice.parked p
                          where p.table_id = t.table_id and p.position <= seen.position)
            then 1 else 0 end as waiting
  from sluice.table_state t
  left join sluice.lane l on l.lane_id = t.lane_id
 cross apply (select max(one.position) as position
                from (select c.source_position as position
                        from sluice.chunk c
                       where c.table_id = t.table_id and c.epoch = t.epoch
                       union all
                      select t.stage_position) one) seen
 where t.table_id = @table`;

/** From here on the live table stands at the lane's position; its changes are parked only. */
export const FREEZE = `
update sluice.table_state
   set applies = 0, cutover_step = N'frozen', position = coalesce(@position, position),
       updated_at = sysutcdatetime()
output inserted.table_id
 where table_id = @table and cutover_step is null`;

export const MERGE_STEP = `
select t.cutover_step as step, t.fault_code,
       case when exists (select 1 from sluice.parked p
                          where p.table_id = t.table_id and p.position <= t.position)
            then 1 else 0 end as waiting
  from sluice.table_state t
 where t.table_id = @table`;

export const MERGED = `
update sluice.table_state
   set cutover_step = N'merged', updated_at = sysutcdatetime()
 where table_id = @table`;

export const TABLE_NOW = `
select t.phase, t.fault_code, t.position, t.[load],
       (select count(*) from (select top (@limit) p.seq from sluice.parked p
                               where p.table_id = @table) few) as waiting
  from sluice.table_state t
 where t.table_id = @table`;

export const STREAMING = `
update sluice.table_state
   set phase = N'streaming', phase_since = sysutcdatetime(), cutover_step = null,
       applies = case when lane_id is null then 0 else 1 end, parks = 0,
       position = coalesce(@position, position), updated_at = sysutcdatetime()
 where table_id = @table`;

export const EMPTY_FEED = `
update sluice.table_feed
   set parked_rows = 0, parked_bytes = 0, parked_since = null
 where table_id = @table`;

export const SAY = `
insert into sluice.event (pipeline, target, table_id, level, kind, message)
select pipeline, target, table_id, @level, @kind, @message
  from sluice.table_state
 where table_id = @table`;

/** @object: what sluice.owned calls it. */
export const FIND_OWNED = `
select definition from sluice.owned
 where side = N'target' and kind = @kind and object = @object`;

export const ADD_OWNED = `
insert into sluice.owned (side, kind, object, pipeline, target, definition)
select N'target', @kind, @object, pipeline, target, @definition
  from sluice.table_state
 where table_id = @table`;

export const REMOVE_OWNED = `
delete from sluice.owned where side = N'target' and kind = @kind and object = @object`;
