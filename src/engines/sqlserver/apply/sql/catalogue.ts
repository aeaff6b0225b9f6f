/** @schema, @name: the table itself and what stands in the way of writing to it. */
export const SELECT_TABLE = `
select t.object_id as id,
       case when exists (select 1 from sys.foreign_keys f
                          where f.referenced_object_id = t.object_id and f.is_disabled = 0)
            then 1 else 0 end as referenced,
       case when exists (select 1 from sys.triggers g
                          where g.parent_id = t.object_id and g.is_disabled = 0
                            and g.is_instead_of_trigger = 1)
            then 1 else 0 end as replaced,
       case when exists (select 1 from sys.triggers g
                          where g.parent_id = t.object_id and g.is_disabled = 0)
            then 1 else 0 end as triggered,
       (select count(*) from sys.indexes i
         where i.object_id = t.object_id and i.is_unique = 1 and i.is_disabled = 0) as uniques
  from sys.tables t
  join sys.schemas s on s.schema_id = t.schema_id
 where s.name = @schema and t.name = @name`;

/** @id: columns in order, each with the type below its alias. */
export const SELECT_COLUMNS = `
select c.name, isnull(base.name, ty.name) as type_name, c.max_length, c.[precision], c.scale,
       c.collation_name, c.is_identity, c.is_computed, c.generated_always_type
  from sys.columns c
  join sys.types ty on ty.user_type_id = c.user_type_id
  left join sys.types base on base.user_type_id = c.system_type_id
 where c.object_id = @id
 order by c.column_id`;

/** @id: columns of each index that finds at most one row, the primary key first. */
export const SELECT_KEYS = `
select i.index_id, c.name, c.is_nullable
  from sys.indexes i
  join sys.index_columns x on x.object_id = i.object_id and x.index_id = i.index_id
  join sys.columns c on c.object_id = x.object_id and c.column_id = x.column_id
 where i.object_id = @id and i.is_unique = 1 and i.is_disabled = 0 and i.has_filter = 0
   and x.key_ordinal > 0
 order by i.is_primary_key desc, i.index_id, x.key_ordinal`;
