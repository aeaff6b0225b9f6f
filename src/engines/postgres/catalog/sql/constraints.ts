/**
 * $1: oids of relations. A foreign key is split into its parts and the tail behind them, so that it
 * can be written for other table names: the tail is null if the text does not begin as expected.
 */
export const CONSTRAINTS = `
with found as (
  select con.*,
         pg_get_constraintdef(con.oid) as definition,
         con.contype = 'f' and coalesce((to_jsonb(con) ->> 'conperiod')::boolean, false) as period,
         array(select a.attname::text
                 from unnest(con.conkey) with ordinality as k (attnum, n)
                 join pg_attribute a on a.attrelid = con.conrelid and a.attnum = k.attnum
                order by k.n) as columns,
         array(select a.attname::text
                 from unnest(con.confkey) with ordinality as k (attnum, n)
                 join pg_attribute a on a.attrelid = con.confrelid and a.attnum = k.attnum
                order by k.n) as referenced
    from pg_constraint con
   where con.conrelid = any ($1::oid[]) and con.contype in ('p', 'u', 'c', 'x', 'f')
), headed as (
  select found.*,
         case when contype = 'f' then format('FOREIGN KEY (%s) REFERENCES %s(%s)',
           (select string_agg(case when period and n = cardinality(columns) then 'PERIOD ' else '' end
                              || quote_ident(c), ', ' order by n)
              from unnest(columns) with ordinality as u (c, n)),
           confrelid::regclass,
           (select string_agg(case when period and n = cardinality(referenced) then 'PERIOD ' else '' end
                              || quote_ident(c), ', ' order by n)
              from unnest(referenced) with ordinality as u (c, n))) end as head
    from found
)
select h.oid::text as oid,
       h.conrelid::text as relation,
       h.conname::text as name,
       h.contype::text as type,
       h.definition,
       h.columns,
       h.conislocal as local,
       h.convalidated as validated,
       nullif(h.conparentid, 0)::text as parent,
       nullif(h.conindid, 0)::text as index,
       nullif(h.confrelid, 0)::text as "referencedOid",
       rn.nspname::text as "referencedSchema",
       r.relname::text as "referencedTable",
       h.referenced,
       h.period,
       case when starts_with(h.definition, h.head)
            then substr(h.definition, length(h.head) + 1) end as tail,
       obj_description(h.oid, 'pg_constraint') as comment
  from headed h
  left join pg_class r on r.oid = h.confrelid
  left join pg_namespace rn on rn.oid = r.relnamespace
 order by h.conrelid, h.conname`;
