/** $1: oids of relations. Not-null constraints have rows of their own from version 18. */
export const COLUMNS = `
select a.attrelid::text as relation,
       a.attnum::int as attnum,
       a.attname::text as name,
       format_type(a.atttypid, a.atttypmod) as type,
       a.atttypid::text as "typeOid",
       case when a.attcollation <> t.typcollation
            then format('%I.%I', cn.nspname, co.collname) end as collation,
       pg_get_expr(d.adbin, d.adrelid) as "defaultText",
       a.attidentity::text as identity,
       a.attgenerated::text as generated,
       a.attnotnull as "notNull",
       nn.conname::text as "notNullName",
       coalesce(nn.convalidated, true) as "notNullValidated",
       case when a.attstorage <> t.typstorage then a.attstorage::text end as storage,
       nullif(a.attcompression::text, '') as compression,
       nullif(a.attstattarget, -1)::int as "statisticsTarget",
       coalesce(a.attoptions, '{}') as options,
       col_description(a.attrelid, a.attnum) as comment,
       a.xmin::text as writer,
       coalesce(s.sequences, '[]') as sequences
  from pg_attribute a
  join pg_type t on t.oid = a.atttypid
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  left join pg_collation co on co.oid = a.attcollation
  left join pg_namespace cn on cn.oid = co.collnamespace
  left join pg_constraint nn
    on nn.conrelid = a.attrelid and nn.contype = 'n' and nn.conkey[1] = a.attnum
  left join lateral (
    select jsonb_agg(jsonb_build_object(
             'oid', q.oid::text, 'schema', qn.nspname, 'name', q.relname,
             'literal', '''' || replace(q.oid::regclass::text, '''', '''''') || '''::regclass')
             order by q.oid) as sequences
      from pg_depend dep
      join pg_class q on q.oid = dep.refobjid and q.relkind = 'S'
      join pg_namespace qn on qn.oid = q.relnamespace
     where dep.classid = 'pg_attrdef'::regclass and dep.objid = d.oid
       and dep.refclassid = 'pg_class'::regclass
  ) s on true
 where a.attrelid = any ($1::oid[]) and a.attnum > 0 and not a.attisdropped
 order by a.attrelid, a.attnum`;
