/** $1 table, $2 what stands for a position that is told later. */
export const WAITS_TO_BE_TOLD = `
select from sluice.table_state
 where table_id = $1 and stage_position = $2`;

/** $1 table, $2 as above, $3 the position. */
export const TELL_SEEN = `
update sluice.table_state
   set stage_position = $3, updated_at = clock_timestamp()
 where table_id = $1 and stage_position = $2`;
