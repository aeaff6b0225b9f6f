/** Types that users made, without the ones that come with a table, an array or an extension. */
export const TYPES = `
select t.oid::text as oid,
       n.nspname::text as schema,
       t.typname::text as name,
       t.typtype::text as kind,
       obj_description(t.oid, 'pg_type') as comment,
       array(select e.enumlabel::text from pg_enum e
              where e.enumtypid = t.oid order by e.enumsortorder) as labels,
       format_type(nullif(t.typbasetype, 0), t.typtypmod) as base,
       case when t.typcollation <> base.typcollation
            then (select format('%I.%I', cn.nspname, c.collname)
                    from pg_collation c join pg_namespace cn on cn.oid = c.collnamespace
                   where c.oid = t.typcollation) end as collation,
       pg_get_expr(t.typdefaultbin, 'pg_type'::regclass) as "defaultText",
       t.typnotnull as "notNull",
       (select coalesce(jsonb_agg(jsonb_build_object(
                 'name', con.conname, 'definition', pg_get_constraintdef(con.oid))
                 order by con.conname), '[]')
          from pg_constraint con
         where con.contypid = t.oid and con.contype = 'c') as constraints,
       (select coalesce(jsonb_agg(jsonb_build_object(
                 'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
                 'collation', case when a.attcollation <> at.typcollation
                                   then format('%I.%I', cn.nspname, c.collname) end)
                 order by a.attnum), '[]')
          from pg_attribute a
          join pg_type at on at.oid = a.atttypid
          left join pg_collation c on c.oid = a.attcollation
          left join pg_namespace cn on cn.oid = c.collnamespace
         where t.typtype = 'c' and a.attrelid = t.typrelid
           and a.attnum > 0 and not a.attisdropped) as attributes,
       (select jsonb_build_object(
                 'subtype', format_type(r.rngsubtype, null),
                 'opclass', format('%I.%I', opn.nspname, op.opcname),
                 'collation', case when r.rngcollation <> st.typcollation
                                   then format('%I.%I', cn.nspname, c.collname) end,
                 'canonical', nullif(r.rngcanonical::oid, 0)::regproc::text,
                 'difference', nullif(r.rngsubdiff::oid, 0)::regproc::text,
                 'multirange', format('%I.%I', mn.nspname, m.typname))
          from pg_range r
          join pg_type st on st.oid = r.rngsubtype
          join pg_opclass op on op.oid = r.rngsubopc
          join pg_namespace opn on opn.oid = op.opcnamespace
          join pg_type m on m.oid = r.rngmultitypid
          join pg_namespace mn on mn.oid = m.typnamespace
          left join pg_collation c on c.oid = r.rngcollation
          left join pg_namespace cn on cn.oid = c.collnamespace
         where r.rngtypid = t.oid) as range
  from pg_type t
  join pg_namespace n on n.oid = t.typnamespace
  left join pg_type base on base.oid = t.typbasetype
  left join pg_class rel on rel.oid = t.typrelid
 where n.nspname !~ '^(pg_|sluice_stage_)'
   and n.nspname not in ('information_schema', 'sluice')
   and (t.typrelid = 0 or rel.relkind = 'c')
   and t.typtype in ('e', 'd', 'c', 'r', 'b')
   and t.typisdefined
   and not exists (select from pg_type el where el.typarray = t.oid)
   and not exists (select from pg_depend e
                    where e.classid = 'pg_type'::regclass and e.objid = t.oid and e.deptype = 'e')
 order by n.nspname, t.typname`;
