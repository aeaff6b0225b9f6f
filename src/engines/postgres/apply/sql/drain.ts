/**
 * $1 table, $2 at most this many, $3 after this number: no walk over what was just deleted; $4 bytes
 * after which no further one is taken: rows may be wide. A length is known without its value.
 * $5 of this position alone; null: of any.
 */
export const SELECT_PARKED = `
  select seq, shape_id, position, op, old_key, row_data
    from (select p.*, sum(bytes) over (order by seq rows unbounded preceding) - bytes as before
            from (select seq, shape_id, position, op::text as op, old_key, row_data,
                         coalesce(octet_length(row_data), 0)
                         + coalesce(octet_length(old_key), 0) as bytes
                    from sluice.parked
                   where table_id = $1 and seq > $3
                     and position = coalesce($5, position)
                   order by seq limit $2) p) taken
   where before < $4
   order by seq`;

/** $1 table, $2 last number, $3 after this number. */
export const DELETE_PARKED =
  'delete from sluice.parked where table_id = $1 and seq > $3 and seq <= $2';

/** $1 ids. */
export const SELECT_SHAPES = `
  select shape_id, shape from sluice.parked_shape where shape_id = any ($1::int8[])`;

/**
 * $1 table, $2 drained, $3 missing. The lane adds to the same row, so this is the last statement
 * before a commit. The bytes go down by the drained rows' share.
 */
export const SUBTRACT_PARKED = `
  update sluice.table_feed
     set parked_bytes = case when parked_rows <= $2 then 0
                             else parked_bytes - parked_bytes * $2 / parked_rows end,
         parked_since = case when parked_rows <= $2 then null else parked_since end,
         parked_rows = greatest(parked_rows - $2, 0),
         missing = missing + $3
   where table_id = $1
  returning parked_rows`;

/** $1 table. */
export const COUNT_PARKED = 'select count(*) as n from sluice.parked where table_id = $1';

/** $1 table, $2 fence. */
export const TABLE_BEGIN = 'select sluice.table_begin($1, $2)';

/** Rows may share a deferrable key until the transaction ends. */
export const ALL_DEFERRED = 'set constraints all deferred';
