/**
 * $1: the root. The first thing found that an exchange of its partitions would lose, or that forbids
 * it. What hangs on the root itself (views, rights, triggers, policies) stays, as the root does.
 */
export const UNEXCHANGEABLE = `
with recursive tree as (
  select to_regclass($1)::oid as oid, false as part, false as detaching
   union all
  select i.inhrelid, true, i.inhdetachpending
    from pg_inherits i join tree on tree.oid = i.inhparent
), member as (
  select c.*, tree.part, tree.detaching, c.relname::text as name
    from tree join pg_class c on c.oid = tree.oid
), part as (
  select * from member where part
), reason as (
  select 1 as n, 'it is not partitioned' as what
   where not exists (select from member where not part and relkind = 'p')
   union all
  select 2, 'a foreign key leads to it or from it'
   where exists (select from pg_constraint f join member m on m.oid in (f.conrelid, f.confrelid)
                  where f.contype = 'f')
   union all
  select 3, format('publication %s publishes it, and would not publish the rows of an exchanged partition',
                   min(p.pubname))
    from pg_publication_tables p
    join pg_namespace n on n.nspname = p.schemaname
    join member m on m.relnamespace = n.oid and m.relname = p.tablename
  having count(*) > 0
   union all
  select 4, format('a view or rule uses its partition %s', min(p.name))
    from pg_depend d join part p on p.oid = d.refobjid and d.refclassid = 'pg_class'::regclass
   where d.classid = 'pg_rewrite'::regclass
  having count(*) > 0
   union all
  select 5, format('a function or another object needs its partition %s', min(p.name))
    from pg_depend d join part p on p.oid = d.refobjid and d.refclassid = 'pg_class'::regclass
   where d.deptype = 'n' and d.classid in ('pg_proc'::regclass, 'pg_policy'::regclass)
  having count(*) > 0
   union all
  select 6, format('its partition %s has a trigger of its own', min(p.name))
    from pg_trigger t
    join part p on p.oid = t.tgrelid
    left join pg_trigger parent on parent.oid = t.tgparentid
   where case when parent.oid is null then not t.tgisinternal
              else t.tgenabled <> parent.tgenabled end
  having count(*) > 0
   union all
  select 7, format('its partition %s has row-level security', min(p.name))
    from part p
   where p.relrowsecurity or exists (select from pg_policy y where y.polrelid = p.oid)
  having count(*) > 0
   union all
  select 8, format('its partition %s has extended statistics', min(p.name))
    from pg_statistic_ext s join part p on p.oid = s.stxrelid
  having count(*) > 0
   union all
  select 9, format('its partition %s owns a sequence', min(p.name))
    from pg_depend d
    join pg_class s on s.oid = d.objid and s.relkind = 'S'
    join part p on p.oid = d.refobjid
   where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass
     and d.deptype in ('a', 'i')
  having count(*) > 0
   union all
  select 10, format('its partition %s is no ordinary table, or is stored apart', min(p.name))
    from part p
    left join pg_am a on a.oid = p.relam
   where p.relkind not in ('r', 'p') or p.reltablespace <> 0
      or a.amname <> current_setting('default_table_access_method')
  having count(*) > 0
   union all
  select 11, format('its partition %s is about to be detached', min(p.name))
    from part p where p.detaching
  having count(*) > 0
   union all
  select 12, 'another role owns it or a partition of it'
   where exists (select from member where pg_get_userbyid(relowner) <> current_user)
     and not (select rolsuper from pg_roles where rolname = current_user)
)
select what from reason order by n limit 1`;

/** $1: oids of partitions, in the order of which the conditions come; null: none. */
export const BOUND_CONDITIONS = `
select pg_get_partition_constraintdef(oid) as condition
  from unnest($1::oid[]) with ordinality as wanted (oid, n)
 order by n`;

/** $1: a relation. Its owner, and whether its rights are those that every new table has. */
export const OWNER = `
select pg_get_userbyid(c.relowner)::text as owner,
       pg_get_userbyid(c.relowner) = current_user as mine,
       c.relacl is null as ordinary
  from pg_class c where c.oid = $1::oid`;

/** $1: a relation. Rights on it and on its columns, in their order; no grantee: everybody. */
export const RIGHTS = `
with entry as (
  select null::text as column_name, 0 as attnum, acl.*
    from pg_class c
   cross join lateral aclexplode(c.relacl) with ordinality
           as acl (grantor, grantee, privilege, grantable, n)
   where c.oid = $1::oid
   union all
  select a.attname::text, a.attnum, acl.*
    from pg_attribute a
   cross join lateral aclexplode(a.attacl) with ordinality
           as acl (grantor, grantee, privilege, grantable, n)
   where a.attrelid = $1::oid and not a.attisdropped
)
select column_name as "column",
       case when grantee <> 0 then pg_get_userbyid(grantee)::text end as grantee,
       privilege, bool_or(grantable) as grantable
  from entry
 group by 1, 2, 3, attnum
 order by attnum, min(n)`;

/** $1: a schema, $2: a constraint. The tables in the schema that have it of their own. */
export const TABLES_WITH_CONSTRAINT = `
select c.relname::text as "table"
  from pg_constraint con
  join pg_class c on c.oid = con.conrelid
  join pg_namespace n on n.oid = c.relnamespace
 where n.nspname = $1 and con.conname = $2 and con.conislocal`;

/** $1: a table of Sluice's, $2: level, $3: message. */
export const SAY = `
insert into sluice.event (pipeline, target, table_id, level, kind, message)
select pipeline, target, table_id, $2, 'switch', $3
  from sluice.table_state
 where table_id = $1`;
