/**
 * Which object of the users needs which other to exist, as kind:oid on both sides. What belongs to
 * a table (defaults, constraints, indexes) counts as the table; a view's rule as the view; an array
 * or multirange type as what it is made of; a member of an extension as the extension. Oids below
 * 16384 are part of every server.
 */
export const DEPENDENCIES = `
with member as (
  select classid, objid, refobjid as extension
    from pg_depend
   where deptype = 'e' and refclassid = 'pg_extension'::regclass
), edge as (
  select distinct d.classid, d.objid, d.refclassid, d.refobjid
    from pg_depend d
   where d.refobjid >= 16384 and d.deptype in ('n', 'a', 'i')
     and d.refclassid <> 'pg_namespace'::regclass
     and not (d.classid = 'pg_type'::regclass and d.deptype = 'i')
), holder as (
  select e.*,
         case e.classid
           when 'pg_attrdef'::regclass then
             (select 'relation:' || a.adrelid from pg_attrdef a where a.oid = e.objid)
           when 'pg_constraint'::regclass then
             (select case when c.conrelid <> 0 then 'relation:' || c.conrelid
                          else 'type:' || c.contypid end
                from pg_constraint c where c.oid = e.objid)
           when 'pg_rewrite'::regclass then
             (select 'relation:' || r.ev_class from pg_rewrite r where r.oid = e.objid)
           when 'pg_class'::regclass then
             (select case when c.relkind in ('i', 'I') then 'relation:' || i.indrelid
                          when c.relkind = 'c' then 'type:' || c.reltype
                          when c.relkind in ('r', 'p', 'v', 'm', 'f') then 'relation:' || c.oid end
                from pg_class c left join pg_index i on i.indexrelid = c.oid
               where c.oid = e.objid)
           when 'pg_type'::regclass then 'type:' || e.objid
           when 'pg_proc'::regclass then 'routine:' || e.objid
         end as "from"
    from edge e
), needed as (
  select h."from",
         case when m.extension is not null then 'extension:' || m.extension
              else case h.refclassid
           when 'pg_extension'::regclass then 'extension:' || h.refobjid
           when 'pg_collation'::regclass then 'collation:' || h.refobjid
           when 'pg_proc'::regclass then 'routine:' || h.refobjid
           when 'pg_class'::regclass then
             (select case when c.relkind = 'c' then 'type:' || c.reltype
                          when c.relkind = 'S' then 'sequence:' || c.oid
                          when c.relkind in ('r', 'p', 'v', 'm', 'f') then 'relation:' || c.oid end
                from pg_class c where c.oid = h.refobjid)
           when 'pg_type'::regclass then
             (select case when r.rngtypid is not null then 'type:' || r.rngtypid
                          when rel.relkind <> 'c' then 'relation:' || rel.oid
                          else 'type:' || t.oid end
                from pg_type named
                join pg_type t
                  on t.oid = case when named.typlen = -1 and named.typelem <> 0
                                  then named.typelem else named.oid end
                left join pg_range r on r.rngmultitypid = t.oid
                left join pg_class rel on rel.oid = t.typrelid
               where named.oid = h.refobjid)
              end
         end as "to"
    from holder h
    left join lateral (
      select extension from member
       where member.classid = h.refclassid and member.objid = h.refobjid limit 1
    ) m on true
   where h."from" is not null
)
select distinct "from", "to" from needed where "to" is not null and "from" <> "to"`;
