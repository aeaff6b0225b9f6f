/** @table, @limit, @after this number: no walk over what was just deleted. */
export const SELECT_PARKED = `
select top (@limit) seq, shape_id, position, op, old_key, row_data
  from sluice.parked
 where table_id = @table and seq > @after
 order by seq`;

/** The same, of @position alone. */
export const SELECT_PARKED_AT = `
select top (@limit) seq, shape_id, position, op, old_key, row_data
  from sluice.parked
 where table_id = @table and seq > @after and position = @position
 order by seq`;

export const DELETE_PARKED = `
delete from sluice.parked where table_id = @table and seq > @after and seq <= @last`;

export const SELECT_SHAPE = `select shape from sluice.parked_shape where shape_id = @shape`;

/**
 * The lane adds to the same row, so this is the last statement before a commit. The bytes go down
 * by the drained rows' share.
 */
export const SUBTRACT_PARKED = `
update sluice.table_feed
   set parked_bytes = case when parked_rows <= @drained then 0
                           else parked_bytes - parked_bytes * @drained / parked_rows end,
       parked_since = case when parked_rows <= @drained then null else parked_since end,
       parked_rows = case when parked_rows <= @drained then 0 else parked_rows - @drained end,
       missing = missing + @missing
output inserted.parked_rows
 where table_id = @table`;

export const COUNT_PARKED = `select count(*) as n from sluice.parked where table_id = @table`;

/** Rows were fetched that may have seen what lies before @seen. */
export const KEEP_SEEN = `
update sluice.table_state
   set stage_position = @seen, updated_at = sysutcdatetime()
 where table_id = @table and (stage_position is null or stage_position < @seen)`;

/** Lock the table's row for a step; only the owner of the fence may go on. */
export const TABLE_BEGIN = `
select fence from sluice.table_state with (updlock, rowlock) where table_id = @table`;
