/** $1 lane: who owns it and whether that session is still there. */
export const SELECT_OWNER = `
  select a.pid
    from sluice.lane l
    join pg_catalog.pg_stat_activity a
      on a.pid = l.owner_pid and a.backend_start = l.owner_backend_start
   where l.lane_id = $1 and a.pid <> pg_catalog.pg_backend_pid()`;

export const END_OWNER = 'select pg_catalog.pg_terminate_backend($1)';

/** $1 lane, $2 owner for people. */
export const TAKE_LANE = `
  update sluice.lane
     set fence = fence + 1, owner = $2, owner_pid = pg_catalog.pg_backend_pid(),
         owner_backend_start = (select a.backend_start from pg_catalog.pg_stat_activity a
                                 where a.pid = pg_catalog.pg_backend_pid())
   where lane_id = $1 and position is not null
  returning fence, position, coalesce(source_identity, '') as lineage, parked_seq,
            recorded, source_time, updated_at as moved_at`;

/** $1 lane, $2 whether this session keeps ordinary triggers quiet. One row without a table: none. */
export const SELECT_MEMBERS = `
  select l.membership, t.table_id, t.source_schema, t.source_table, t.target_schema, t.target_table,
         t.applies, t.parks, f.parks_from, coalesce(t.fault_code = 'FEED_GAP', false) as lost,
         not exists (
           select from pg_catalog.pg_class c
             join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            cross join lateral (
              select c.oid union select p.relid from pg_catalog.pg_partition_tree(c.oid) as p
            ) as member (oid)
             join pg_catalog.pg_trigger g on g.tgrelid = member.oid
            where n.nspname = t.target_schema and c.relname = t.target_table
              and not g.tgisinternal
              and g.tgenabled in ('A', case when $2::bool then 'R' else 'O' end)) as fold
    from sluice.lane l
    left join sluice.table_state t on t.lane_id = l.lane_id and (t.applies or t.parks)
    left join sluice.table_feed f on f.table_id = t.table_id
   where l.lane_id = $1`;

export const LANE_BEGIN = 'select sluice.lane_begin($1, $2, $3, $4)';

export const LANE_CHECKPOINT = 'select sluice.lane_checkpoint($1, $2, $3, $4, $5, $6, $7, $8)';

/** An idle feed: the checkpoint moves without a line in the history. $1 lane, $2 to, $3 time. */
export const LANE_MOVE = `
  update sluice.lane
     set position = $2, source_time = coalesce($3, source_time),
         updated_at = pg_catalog.clock_timestamp()
   where lane_id = $1`;

/** $1 table ids, $2 position. */
export const START_PARKING = `
  insert into sluice.table_feed as f (table_id, parks_from)
  select t.id, $2 from unnest($1::int8[]) as t (id)
  on conflict (table_id) do update set parks_from = excluded.parks_from`;

/** One row of counts for each table of a batch: $1 ids, then a column of numbers each. */
export const ADD_COUNTS = `
  insert into sluice.table_feed as f (table_id, inserts, updates, deletes, truncates, missing,
                                      parked_rows, parked_bytes, parked_since, changed_at)
  select c.id, c.i, c.u, c.d, c.t, c.m, c.p, c.b,
         case when c.p > 0 then pg_catalog.now() end, pg_catalog.now()
    from unnest($1::int8[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int8[],
                $7::int8[], $8::int8[]) as c (id, i, u, d, t, m, p, b)
  on conflict (table_id) do update
     set inserts = f.inserts + excluded.inserts, updates = f.updates + excluded.updates,
         deletes = f.deletes + excluded.deletes, truncates = f.truncates + excluded.truncates,
         missing = f.missing + excluded.missing, parked_rows = f.parked_rows + excluded.parked_rows,
         parked_bytes = f.parked_bytes + excluded.parked_bytes,
         parked_since = coalesce(f.parked_since, excluded.parked_since),
         changed_at = excluded.changed_at`;

/** $1 table, $2 shape: known afterwards, made or found. */
export const ENSURE_SHAPE = `
  insert into sluice.parked_shape (table_id, shape) values ($1, $2::jsonb) on conflict do nothing`;

export const SELECT_SHAPE = `
  select shape_id from sluice.parked_shape where table_id = $1 and shape = $2::jsonb`;

/** $1 position, then arrays: table, sequence number, shape, operation, old key, row. */
export const INSERT_PARKED = `
  insert into sluice.parked (position, table_id, seq, shape_id, op, old_key, row_data)
  select $1, p.table_id, p.seq, p.shape_id, p.op, p.old_key, p.row_data
    from unnest($2::int8[], $3::int8[], $4::int8[], $5::"char"[], $6::bytea[], $7::bytea[])
      as p (table_id, seq, shape_id, op, old_key, row_data)`;
