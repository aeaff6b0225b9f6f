/** Plain views of the users. Printing one takes a short lock on the tables below it. */
export const VIEWS = `
select c.oid::text as oid,
       n.nspname::text as schema,
       c.relname::text as name,
       pg_get_viewdef(c.oid) as definition,
       array(select a.attname::text from pg_attribute a
              where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
              order by a.attnum) as columns,
       coalesce(c.reloptions, '{}') as options,
       obj_description(c.oid, 'pg_class') as comment
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
 where c.relkind = 'v' and c.relpersistence <> 't'
   and n.nspname !~ '^(pg_|sluice_stage_)'
   and n.nspname not in ('information_schema', 'sluice')
   and not exists (select from pg_depend e
                    where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
 order by n.nspname, c.relname`;
