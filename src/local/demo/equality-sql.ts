/** The statements of the row-by-row comparison. */

/** Tables (whole, not their partitions) and views of public, with the columns of their key. */
export const relationsSql = `
select c.relname as name, c.relkind::text as kind,
       array(select a.attname::text
               from pg_constraint k
               cross join unnest(k.conkey) with ordinality as u (attnum, n)
               join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.attnum
              where k.conrelid = c.oid and k.contype = 'p'
              order by u.n) as key
  from pg_class c
 where c.relnamespace = 'public'::regnamespace
   and c.relkind in ('r', 'p', 'v')
   and not c.relispartition
 order by c.relname`;

export const columnsSql = `
select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as not_null
  from pg_attribute a
 where a.attrelid = ('public.' || quote_ident($1))::regclass
   and a.attnum > 0 and not a.attisdropped
 order by a.attnum`;

/**
 * One row per partition (or one for a table without): rows and the hash over all of them. In the
 * text of a row NULL is nothing and an empty text is "", so they differ.
 */
export function hashSql(table: string, columns: readonly string[], key: readonly string[]): string {
  const row = `row(${columns.map((name) => `t.${quoted(name)}`).join(', ')})::text`;
  const order = key.length === 0 ? row : key.map((name) => `t.${quoted(name)}`).join(', ');
  const isView = key.length === 0;
  const part = isView ? `'all'` : 't.tableoid::regclass::text';
  return `
select ${part} as part, count(*) as rows,
       coalesce(md5(string_agg(md5(${row}), '' order by ${order})), '') as hash
  from public.${quoted(table)} t
 group by ${isView ? '()' : 't.tableoid'}
 order by 1`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
