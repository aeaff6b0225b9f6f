/** Functions and procedures that users made; not those that come with an extension or a range type. */
export const ROUTINES = `
select p.oid::text as oid,
       n.nspname::text as schema,
       p.proname::text as name,
       p.prokind::text as kind,
       pg_get_function_identity_arguments(p.oid) as arguments,
       l.lanname::text as language,
       case when p.prokind in ('f', 'p') and l.lanname not in ('c', 'internal')
            then pg_get_functiondef(p.oid) end as definition,
       p.prosqlbody is not null as "parsedBody",
       obj_description(p.oid, 'pg_proc') as comment
  from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
  join pg_language l on l.oid = p.prolang
 where n.nspname !~ '^(pg_|sluice_stage_)'
   and n.nspname not in ('information_schema', 'sluice')
   and not exists (select from pg_depend d
                    where d.classid = 'pg_proc'::regclass and d.objid = p.oid
                      and d.deptype in ('e', 'i'))
 order by n.nspname, p.proname, arguments`;
