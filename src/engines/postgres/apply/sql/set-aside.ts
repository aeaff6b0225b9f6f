/** $1 table. The table's row is locked before the lane's, as every cut-over does. */
export const LOCK_TABLE_STATE =
  'select table_id from sluice.table_state where table_id = $1 for update';

/** $1 lane, $2 fence: no row when a newer owner has it. */
export const CHANGE_MEMBERSHIP = `
  update sluice.lane set membership = membership + 1
   where lane_id = $1 and fence = $2
  returning membership, position`;

/**
 * $1 table, $2 code, $3 message, $4 whether a copy under way is in vain too (changes that it counts
 * on were lost); returns whether it was parking before. Otherwise a table that is being copied again
 * goes on with that, which mends it: only its live table is left as it is until then.
 */
export const QUARANTINE = `
  update sluice.table_state t
     set applies = false, parks = true,
         phase_before = case when t.phase in ('quarantined', 'fullSync') then t.phase_before
                             else t.phase end,
         phase = case when o.goes_on then t.phase else 'quarantined' end,
         phase_since = case when o.goes_on then t.phase_since else pg_catalog.now() end,
         fault_code = case when o.goes_on then t.fault_code else $2 end,
         fault_message = case when o.goes_on then t.fault_message else $3 end,
         fault_at = case when o.goes_on then t.fault_at else pg_catalog.now() end,
         attention = t.attention + 1, updated_at = pg_catalog.now()
    from (select table_id, parks, phase = 'fullSync' and not $4::boolean as goes_on
            from sluice.table_state
           where table_id = $1) o
   where o.table_id = t.table_id
  returning t.pipeline, t.target, o.parks as parked`;

/** $1 pipeline, $2 target, $3 table, $4 code, $5 message. */
export const RECORD_FAULT = `
  with e as (
    insert into sluice.error as e (pipeline, target, table_id, code, message)
    values ($1, $2, $3, $4, $5)
    on conflict (pipeline, target, coalesce(table_id, 0), code) where resolved_at is null
    do update set message = excluded.message, occurrences = e.occurrences + 1,
                  last_at = pg_catalog.now())
  insert into sluice.event (pipeline, target, table_id, level, kind, message)
  values ($1, $2, $3, 'error', 'quarantined', $5)`;
