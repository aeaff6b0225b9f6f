/** Every sequence of the users, or ($1) those that the columns of these relations own. */
export const SEQUENCES = `
select c.oid::text as oid,
       n.nspname::text as schema,
       c.relname::text as name,
       format_type(s.seqtypid, null) as type,
       s.seqstart::text as start,
       s.seqincrement::text as increment,
       s.seqmin::text as min,
       s.seqmax::text as max,
       s.seqcache::text as cache,
       s.seqcycle as cycle,
       case when has_sequence_privilege(c.oid, 'SELECT, USAGE')
            then pg_sequence_last_value(c.oid)::text end as "lastValue",
       obj_description(c.oid, 'pg_class') as comment,
       o.oid::text as "ownerRelation",
       own.nspname::text as "ownerSchema",
       o.relname::text as "ownerTable",
       a.attname::text as "ownerColumn",
       coalesce(d.deptype = 'i', false) as identity
  from pg_sequence s
  join pg_class c on c.oid = s.seqrelid
  join pg_namespace n on n.oid = c.relnamespace
  left join pg_depend d
    on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.objsubid = 0
   and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0 and d.deptype in ('a', 'i')
  left join pg_class o on o.oid = d.refobjid
  left join pg_namespace own on own.oid = o.relnamespace
  left join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
 where c.relpersistence <> 't'
   and case when $1::oid[] is null
            then n.nspname !~ '^(pg_|sluice_stage_)'
                 and n.nspname not in ('information_schema', 'sluice')
                 and not exists (select from pg_depend e
                                  where e.classid = 'pg_class'::regclass
                                    and e.objid = c.oid and e.deptype = 'e')
            else d.refobjid = any ($1)
       end
 order by n.nspname, c.relname`;
