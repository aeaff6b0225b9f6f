/**
 * $1: oids of relations. The definition is cut behind the table's name, so that it can be written
 * for another table: the tail is null if the text does not begin as expected.
 */
export const INDEXES = `
select i.indexrelid::text as oid,
       i.indrelid::text as relation,
       c.relname::text as name,
       i.indisunique as unique,
       i.indisprimary as primary,
       i.indisreplident as "replicaIdentity",
       i.indisvalid as valid,
       i.indimmediate as immediate,
       i.indpred is not null as partial,
       (select h.inhparent::text from pg_inherits h where h.inhrelid = i.indexrelid) as parent,
       con.conname::text as constraint,
       array(select a.attname::text
               from unnest(i.indkey::int2[]) with ordinality as k (attnum, n)
               left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
              where k.n <= i.indnkeyatts
              order by k.n) as columns,
       case when starts_with(def.text, def.head)
            then substr(def.text, length(def.head) + 1) end as tail,
       coalesce(c.reloptions, '{}') as options,
       obj_description(i.indexrelid, 'pg_class') as comment
  from pg_index i
  join pg_class c on c.oid = i.indexrelid
  left join pg_constraint con
    on con.conindid = i.indexrelid and con.conrelid = i.indrelid and con.contype in ('p', 'u', 'x')
  cross join lateral (
    select pg_get_indexdef(i.indexrelid) as text,
           format('CREATE %sINDEX %I ON %s%s USING ',
                  case when i.indisunique then 'UNIQUE ' else '' end, c.relname,
                  case when c.relkind = 'I' then 'ONLY ' else '' end,
                  i.indrelid::regclass) as head
  ) def
 where i.indrelid = any ($1::oid[])
 order by i.indrelid, c.relname`;
