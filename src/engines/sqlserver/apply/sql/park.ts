export const PARKED_STAGE = '[#sluice_parked]';

export const CREATE_PARKED_STAGE = `
create table ${PARKED_STAGE} (
  table_id bigint not null, seq bigint not null, shape_id bigint not null,
  op nvarchar(1) not null, old_key varbinary(max) null, row_data varbinary(max) null,
  primary key (table_id, seq))`;

export const INSERT_PARKED = `
insert into sluice.parked (position, table_id, seq, shape_id, op, old_key, row_data)
select @position, p.table_id, p.seq, p.shape_id, p.op, p.old_key, p.row_data
  from ${PARKED_STAGE} p`;

/** The number of a shape, made or found. */
export const shapeSql = `
insert into sluice.parked_shape (table_id, digest, shape)
select @table, @digest, @shape
 where not exists (select 1 from sluice.parked_shape with (updlock, holdlock)
                    where table_id = @table and digest = @digest);
select shape_id from sluice.parked_shape where table_id = @table and digest = @digest`;
