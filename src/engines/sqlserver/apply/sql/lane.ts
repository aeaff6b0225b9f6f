/**
 * Who owns lane @lane and whether that session is still there. Reads past locks, as it must not
 * wait for the one that it is asked about.
 */
export const SELECT_OWNER = `
select s.session_id
  from sluice.lane l with (readuncommitted)
  join sys.dm_exec_sessions s
    on s.session_id = l.owner_session and s.login_time = l.owner_login_time
 where l.lane_id = @lane and s.session_id <> @@spid`;

/** KILL takes no parameter. */
export function killSql(session: number): string {
  return `kill ${String(Math.trunc(session))}`;
}

/** When this session began, by which it is told from a later one of its number. */
export const OWN_LOGIN = `
select convert(varchar(33), s.login_time, 126) as began
  from sys.dm_exec_sessions s
 where s.session_id = @@spid`;

/** @lane, @owner for people, @began: see above. */
export const takeLaneSql = (lockTimeoutMs: number): string => `
set lock_timeout ${String(lockTimeoutMs)};
update sluice.lane
   set fence = fence + 1, owner = @owner, owner_session = @@spid,
       owner_login_time = convert(datetime, @began, 126)
output inserted.fence, inserted.position, isnull(inserted.source_identity, N'') as lineage,
       inserted.parked_seq, inserted.recorded,
       convert(varchar(33), inserted.source_time, 126) as source_time,
       convert(varchar(33), inserted.updated_at, 126) as moved_at
 where lane_id = @lane and position is not null`;

/** @lane. One row without a table: none. Triggers of a target always fire: no folding then. */
export const SELECT_MEMBERS = `
select l.membership, t.table_id, t.source_schema, t.source_table, t.target_schema, t.target_table,
       t.applies, t.parks, f.parks_from,
       case when t.fault_code = N'FEED_GAP' then 1 else 0 end as lost,
       case when exists (
              select 1
                from sys.triggers g
                join sys.tables o on o.object_id = g.parent_id
                join sys.schemas s on s.schema_id = o.schema_id
               where s.name collate database_default = t.target_schema
                 and o.name collate database_default = t.target_table and g.is_disabled = 0)
            then 0 else 1 end as fold
  from sluice.lane l
  left join sluice.table_state t on t.lane_id = l.lane_id and (t.applies = 1 or t.parks = 1)
  left join sluice.table_feed f on f.table_id = t.table_id
 where l.lane_id = @lane`;

/** @lane: members have a row to count in, so that a batch only updates it. */
export const ENSURE_FEEDS = `
insert into sluice.table_feed (table_id)
select t.table_id
  from sluice.table_state t
 where t.lane_id = @lane and (t.applies = 1 or t.parks = 1)
   and not exists (select 1 from sluice.table_feed f with (updlock, holdlock)
                    where f.table_id = t.table_id)`;

/** First statement of every batch: locks the lane's row and says whether it is still ours. */
export const LANE_BEGIN = `
select fence, membership, position
  from sluice.lane with (updlock, rowlock)
 where lane_id = @lane`;

/**
 * Last statements of every batch: its line in the history and the checkpoint. A line begins where
 * the former ended, also when the checkpoint moved meanwhile because nothing happened.
 */
export const LANE_CHECKPOINT = `
insert into sluice.run (kind, pipeline, target, lane_id, fence, from_position, to_position,
                        transactions, inserts, updates, deletes, parked, finished_at)
select N'batch', pipeline, target, lane_id, fence, isnull(recorded, position), @to,
       @transactions, @inserts, @updates, @deletes, @parked, sysutcdatetime()
  from sluice.lane
 where lane_id = @lane;
update sluice.lane
   set position = @to, recorded = @to, source_time = isnull(@time, source_time),
       parked_seq = parked_seq + @parked, transactions = transactions + @transactions,
       changes = changes + @inserts + @updates + @deletes + @parked,
       updated_at = sysutcdatetime()
 where lane_id = @lane`;

/** An idle feed: the checkpoint moves without a line in the history. */
export const LANE_MOVE = `
update sluice.lane
   set position = @to, source_time = isnull(@time, source_time), updated_at = sysutcdatetime()
 where lane_id = @lane`;

/** @position; `ids`: the tables that begin to park. */
export const startParkingSql = (ids: string): string => `
update f
   set parks_from = @position
  from sluice.table_feed f
  join ${ids} on id.table_id = f.table_id`;

/** `counts`: what a batch did to each table. */
export const addCountsSql = (counts: string): string => `
update f
   set inserts = f.inserts + c.inserts, updates = f.updates + c.updates,
       deletes = f.deletes + c.deletes, truncates = f.truncates + c.truncates,
       missing = f.missing + c.missing, parked_rows = f.parked_rows + c.parked_rows,
       parked_bytes = f.parked_bytes + c.parked_bytes,
       parked_since = case when c.parked_rows > 0
                           then isnull(f.parked_since, sysutcdatetime()) else f.parked_since end,
       changed_at = sysutcdatetime()
  from sluice.table_feed f
  join ${counts} on c.table_id = f.table_id`;
