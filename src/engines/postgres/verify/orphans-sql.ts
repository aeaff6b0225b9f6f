import type { OrphanRequest } from '../../contract/verify.js';
import { quoteIdent, quoteQualified } from '../sql/quote.js';

/** As MATCH SIMPLE, the default, means it: a key with a NULL in it refers to nothing. */
export function orphansSql(request: OrphanRequest): string {
  const { table, columns, parent, parentColumns, key, lastRows } = request;
  const child = quoteQualified(table.schema, table.table);
  const order = key.map((name) => `${quoteIdent(name)} DESC`).join(', ');
  const rows =
    lastRows === null
      ? child
      : `(SELECT * FROM ${child} ORDER BY ${order} LIMIT ${String(lastRows)})`;
  const same = columns.map(
    (name, at) => `p.${quoteIdent(parentColumns[at] ?? '')} = c.${quoteIdent(name)}`,
  );
  return `
select count(*)::text as n
  from ${rows} as c
 where ${columns.map((name) => `c.${quoteIdent(name)} is not null`).join(' and ')}
   and not exists (select from ${quoteQualified(parent.schema, parent.table)} as p
                    where ${same.join(' and ')})`;
}
