/**
 * What users made and Sluice does not make on a target, by kind: how many, and some of their names.
 * Members of an extension come with it.
 */
export const NOT_FOLLOWED = `
with users as (
  select oid, nspname from pg_namespace
   where nspname !~ '^(pg_|sluice_stage_)' and nspname not in ('information_schema', 'sluice')
), found (kind, class, oid, name) as (
  select 'statistics', 'pg_statistic_ext'::regclass, s.oid, n.nspname || '.' || s.stxname
    from pg_statistic_ext s join users n on n.oid = s.stxnamespace
   union all
  select 'aggregates', 'pg_proc'::regclass, p.oid, n.nspname || '.' || p.proname
    from pg_proc p join users n on n.oid = p.pronamespace
   where p.prokind = 'a'
   union all
  select 'operators', 'pg_operator'::regclass, o.oid, n.nspname || '.' || o.oprname
    from pg_operator o join users n on n.oid = o.oprnamespace
   union all
  select 'casts', 'pg_cast'::regclass, c.oid,
         format_type(c.castsource, null) || ' as ' || format_type(c.casttarget, null)
    from pg_cast c
   where c.oid >= 16384
   union all
  select 'policies', 'pg_policy'::regclass, p.oid, n.nspname || '.' || c.relname || ' ' || p.polname
    from pg_policy p
    join pg_class c on c.oid = p.polrelid
    join users n on n.oid = c.relnamespace
   union all
  select 'rules', 'pg_rewrite'::regclass, r.oid, n.nspname || '.' || c.relname || ' ' || r.rulename
    from pg_rewrite r
    join pg_class c on c.oid = r.ev_class
    join users n on n.oid = c.relnamespace
   where r.rulename <> '_RETURN'
   union all
  select 'triggers', 'pg_trigger'::regclass, t.oid, n.nspname || '.' || c.relname || ' ' || t.tgname
    from pg_trigger t
    join pg_class c on c.oid = t.tgrelid
    join users n on n.oid = c.relnamespace
   where not t.tgisinternal
   union all
  select 'event triggers', 'pg_event_trigger'::regclass, e.oid, e.evtname
    from pg_event_trigger e
   union all
  select 'text search configurations', 'pg_ts_config'::regclass, t.oid, n.nspname || '.' || t.cfgname
    from pg_ts_config t join users n on n.oid = t.cfgnamespace
   union all
  select 'tablespaces', 'pg_class'::regclass, c.oid,
         n.nspname || '.' || c.relname || ' in ' || t.spcname
    from pg_class c
    join users n on n.oid = c.relnamespace
    join pg_tablespace t on t.oid = c.reltablespace
   where c.relkind in ('r', 'p', 'm', 'i')
)
select kind, count(*)::int as count,
       (array_agg(name::text order by name))[1:5] as names
  from found
 where not exists (select from pg_depend d
                    where d.classid = found.class and d.objid = found.oid and d.deptype = 'e')
 group by kind
 order by kind`;
