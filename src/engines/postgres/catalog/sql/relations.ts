/**
 * Every table-like relation of the users, partitions included, or ($1) the named ones. Temporary
 * tables belong to their sessions and members of an extension come with it. Nothing here locks a
 * table; the size is asked from the file system only where the planner has no pages yet.
 */
export const RELATIONS = `
select c.oid::text as oid,
       n.nspname::text as schema,
       c.relname::text as name,
       c.relkind::text as kind,
       c.relpersistence::text as persistence,
       c.relfilenode::text as "fileNode",
       (select i.inhparent::text from pg_inherits i
         where i.inhrelid = c.oid and c.relispartition) as parent,
       pg_get_partkeydef(c.oid) as "partitionKey",
       pg_get_expr(c.relpartbound, c.oid) as "partitionBound",
       array(select i.inhparent::regclass::text from pg_inherits i
              where i.inhrelid = c.oid and not c.relispartition
              order by i.inhseqno) as "inheritsFrom",
       c.relkind = 'r' and exists (select from pg_inherits i where i.inhparent = c.oid)
         as "hasChildren",
       c.relreplident::text as "replicaIdentity",
       c.relrowsecurity as "rowSecurity",
       c.relforcerowsecurity as "forceRowSecurity",
       coalesce(c.reloptions, '{}') as options,
       coalesce(t.reloptions, '{}') as "toastOptions",
       obj_description(c.oid, 'pg_class') as comment,
       c.reltuples::float8 as tuples,
       case when c.relkind in ('p', 'f') then 0
            when c.relpages > 0
              then (c.relpages + coalesce(t.relpages, 0))::float8
                     * current_setting('block_size')::int
            else coalesce(pg_table_size(c.oid), 0)::float8
       end as bytes
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  left join pg_class t on t.oid = c.reltoastrelid
 where c.relkind in ('r', 'p', 'f', 'm')
   and c.relpersistence <> 't'
   and case when $1::oid[] is null
            then n.nspname !~ '^(pg_|sluice_stage_)'
                 and n.nspname not in ('information_schema', 'sluice')
                 and not exists (select from pg_depend e
                                  where e.classid = 'pg_class'::regclass
                                    and e.objid = c.oid and e.deptype = 'e')
            else c.oid = any ($1)
       end
 order by n.nspname, c.relname`;

/** The names of what RELATIONS finds without a choice, a partition tree once. */
export const TABLE_NAMES = `
select n.nspname::text as schema, c.relname::text as table
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p', 'f', 'm')
   and c.relpersistence <> 't'
   and not c.relispartition
   and n.nspname !~ '^(pg_|sluice_stage_)'
   and n.nspname not in ('information_schema', 'sluice')
   and not exists (select from pg_depend e
                    where e.classid = 'pg_class'::regclass
                      and e.objid = c.oid and e.deptype = 'e')`;

/** $1 schema names, $2 table names: the relations with those names and all their partitions. */
export const RELATION_OIDS = `
with recursive named as (
  select c.oid
    from unnest($1::text[], $2::text[]) as wanted (schema_name, table_name)
    join pg_namespace n on n.nspname = wanted.schema_name
    join pg_class c on c.relnamespace = n.oid and c.relname = wanted.table_name
   where c.relkind in ('r', 'p', 'f', 'm')
  union
  select i.inhrelid
    from named
    join pg_class parent on parent.oid = named.oid and parent.relkind = 'p'
    join pg_inherits i on i.inhparent = parent.oid
)
select oid::text as oid from named`;
