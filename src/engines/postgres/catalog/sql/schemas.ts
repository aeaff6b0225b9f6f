/** Schemas of the users. */
export const SCHEMAS = `
select n.nspname::text as name, obj_description(n.oid, 'pg_namespace') as comment
  from pg_namespace n
 where n.nspname !~ '^(pg_|sluice_stage_)'
   and n.nspname not in ('information_schema', 'sluice')
   and not exists (select from pg_depend e
                    where e.classid = 'pg_namespace'::regclass and e.objid = n.oid
                      and e.deptype = 'e')
 order by n.nspname`;

export const EXTENSIONS = `
select e.oid::text as oid, n.nspname::text as schema, e.extname::text as name,
       e.extversion as version, null as comment
  from pg_extension e
  join pg_namespace n on n.oid = e.extnamespace
 order by e.extname`;

/** The columns that hold the locale are called differently from version to version. */
export const COLLATIONS = `
select c.oid::text as oid, n.nspname::text as schema, c.collname::text as name,
       c.collprovider::text as provider,
       c.collisdeterministic as deterministic,
       to_jsonb(c) ->> 'collcollate' as collate,
       to_jsonb(c) ->> 'collctype' as ctype,
       coalesce(to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale') as locale,
       to_jsonb(c) ->> 'collicurules' as rules,
       obj_description(c.oid, 'pg_collation') as comment
  from pg_collation c
  join pg_namespace n on n.oid = c.collnamespace
 where n.nspname !~ '^(pg_|sluice_stage_)'
   and n.nspname not in ('information_schema', 'sluice')
   and not exists (select from pg_depend e
                    where e.classid = 'pg_collation'::regclass and e.objid = c.oid
                      and e.deptype = 'e')
 order by n.nspname, c.collname`;

/** What follows by itself to a replica only if somebody says so: one row of facts. */
export const UNSEEN = `
select exists (select from pg_largeobject_metadata) as "largeObjects",
       exists (select from pg_class where relkind in ('r', 'p') and relpersistence = 't')
         as "temporaryTables"`;
