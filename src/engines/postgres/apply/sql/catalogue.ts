/**
 * $1 schema, $2 name: the relation itself, and the tables whose enforced foreign keys act when a row
 * of it, or of one of its partitions, goes. A foreign key of a tree is named once, by its root.
 * Before version 18 every foreign key is enforced, and the catalogue has no such column. COPY knows
 * no rules and refuses row security.
 */
export const SELECT_RELATION = `
  select c.oid::text as oid, c.relkind::text as kind,
         not c.relhasrules and not pg_catalog.row_security_active(c.oid) as takes_copy,
         array(with tree as (
                 select c.oid union select p.relid from pg_catalog.pg_partition_tree(c.oid) as p)
               select distinct case when fc.oid in (select oid from tree)
                                    then n.nspname || '.' || c.relname
                                    else fn.nspname || '.' || fc.relname end
                 from pg_catalog.pg_constraint f
                 join pg_catalog.pg_class fc on fc.oid = f.conrelid
                 join pg_catalog.pg_namespace fn on fn.oid = fc.relnamespace
                where f.confrelid in (select oid from tree) and f.contype = 'f'
                  and f.conparentid = 0
                  and (f.confdeltype in ('c', 'n', 'd') or f.confupdtype in ('c', 'n', 'd'))
                  and coalesce((to_jsonb(f) ->> 'conenforced')::boolean, true)
              ) as acts_on
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p')`;

/**
 * $1 oid of the relation: its columns, each with the type below its domains and the equality
 * operator of an index on it (the search path has pg_catalog only, so it must be named in full).
 * A number with a limit has the digits of its type; the other types listed are equal only where
 * their bytes are, unless a collation says otherwise.
 */
export const SELECT_COLUMNS = `
  with recursive col as (
    select a.attnum, a.attname, a.atttypid, a.atttypmod, a.attcollation, a.attidentity, a.attgenerated
      from pg_catalog.pg_attribute a
     where a.attrelid = $1::oid and a.attnum > 0 and not a.attisdropped
  ), walk (attnum, typ) as (
    select attnum, atttypid from col
    union all
    select w.attnum, t.typbasetype
      from walk w join pg_catalog.pg_type t on t.oid = w.typ where t.typtype = 'd'
  )
  select c.attname::text as name, c.attidentity = 'a' as always, c.attgenerated <> '' as generated,
         t.oid::int8::text as oid, t.typarray::int8::text as array_oid,
         n.nspname::text as type_schema, t.typname::text as type_name,
         t.typtype in ('b', 'e', 'r', 'm') and t.typcategory <> 'A' as simple,
         case when t.typcategory = 'A' then t.typelem else 0 end::int8::text as element_oid,
         not exists (select from pg_catalog.pg_collation l
                      where l.oid = c.attcollation and not l.collisdeterministic)
           and (t.typname in ('bool', 'int2', 'int4', 'int8', 'oid', 'uuid', 'bytea', 'date', 'time',
                              'timestamp', 'timestamptz', 'text', 'varchar')
                or t.typname in ('numeric', 'bpchar') and c.atttypmod <> -1)
           and n.nspname = 'pg_catalog' as exact,
         (select pg_catalog.format('OPERATOR(%I.%s)', onsp.nspname, o.oprname)
            from pg_catalog.pg_index i
            cross join lateral unnest(
              i.indkey::int2[], i.indclass::oid[]) as k (attnum, opclass)
            join pg_catalog.pg_opclass oc on oc.oid = k.opclass
            join pg_catalog.pg_am am on am.oid = oc.opcmethod and am.amname = 'btree'
            join pg_catalog.pg_amop ao on ao.amopfamily = oc.opcfamily and ao.amopstrategy = 3
             and ao.amoplefttype = oc.opcintype and ao.amoprighttype = oc.opcintype
            join pg_catalog.pg_operator o on o.oid = ao.amopopr
            join pg_catalog.pg_namespace onsp on onsp.oid = o.oprnamespace
           where i.indrelid = $1::oid and k.attnum = c.attnum
           order by i.indisprimary desc, i.indisunique desc limit 1) as equals
    from col c
    join walk w on w.attnum = c.attnum
    join pg_catalog.pg_type t on t.oid = w.typ and t.typtype <> 'd'
    join pg_catalog.pg_namespace n on n.oid = t.typnamespace
   order by c.attnum`;

/**
 * $1 oid of the relation: columns of each index that finds at most one row, best first; one that is
 * not immediate does so between transactions only.
 */
export const SELECT_KEYS = `
  select array_agg(a.attname::text order by k.n) as columns, i.indimmediate as immediate
    from pg_catalog.pg_index i
    cross join lateral unnest(i.indkey::int2[]) with ordinality as k (attnum, n)
    join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
   where i.indrelid = $1::oid and i.indisunique and i.indisvalid
     and i.indpred is null and i.indexprs is null and k.n <= i.indnkeyatts
   group by i.indexrelid, i.indisprimary, i.indimmediate
  having bool_and(a.attnotnull)
   order by i.indisprimary desc, i.indexrelid`;

/** $1 oids of built-in types, which are the same on every server. */
export const SELECT_TYPES = `
  select t.oid::int8::text as oid, t.typarray::int8::text as array_oid,
         n.nspname::text as type_schema, t.typname::text as type_name,
         t.typtype in ('b', 'e', 'r', 'm') and t.typcategory <> 'A' as simple,
         case when t.typcategory = 'A' then t.typelem else 0 end::int8::text as element_oid
    from pg_catalog.pg_type t
    join pg_catalog.pg_namespace n on n.oid = t.typnamespace
   where t.oid = any ($1::oid[])`;
