/**
 * $1: oids of types. Those types and every type inside them (elements, bases, subtypes, attributes),
 * with what decides whether their binary form means the same on another server.
 */
export const TYPE_SHAPES = `
with recursive inside (oid) as (
  select unnest($1::oid[])
  union
  select part.oid
    from inside
    join pg_type t on t.oid = inside.oid
    left join pg_range r on t.oid in (r.rngtypid, r.rngmultitypid)
    cross join lateral (
      select t.typelem as oid where t.typelem <> 0
      union all select t.typbasetype where t.typbasetype <> 0
      union all select r.rngsubtype where r.rngsubtype is not null
      union all select a.atttypid from pg_attribute a
                 where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
    ) part
)
select t.oid::text as oid,
       t.typname::text as name,
       n.nspname::text as schema,
       t.typtype::text as kind,
       t.typlen = -1 and t.typelem <> 0 and t.typtype = 'b' as "isArray",
       t.typsend <> 0 and t.typreceive <> 0 as "hasBinary",
       nullif(t.typelem, 0)::text as element,
       nullif(t.typbasetype, 0)::text as base,
       r.rngsubtype::text as subtype,
       array(select a.atttypid::text from pg_attribute a
              where t.typrelid <> 0 and a.attrelid = t.typrelid
                and a.attnum > 0 and not a.attisdropped) as attributes,
       c.relkind is distinct from 'c' and t.typrelid <> 0 as "isTableRow"
  from inside
  join pg_type t on t.oid = inside.oid
  join pg_namespace n on n.oid = t.typnamespace
  left join pg_class c on c.oid = t.typrelid
  left join pg_range r on t.oid in (r.rngtypid, r.rngmultitypid)`;
