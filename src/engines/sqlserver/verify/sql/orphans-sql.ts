import type { OrphanRequest } from '../../../contract/verify.js';
import { quoteIdent, quoteQualified } from '../../sql/quote.js';

/** A key with a NULL in it refers to nothing: SQL Server has no MATCH FULL. */
export function orphansSql(request: OrphanRequest): string {
  const { table, columns, parent, parentColumns, key, lastRows } = request;
  const child = quoteQualified(table.schema, table.table);
  const order = key.map((name) => `r.${quoteIdent(name)} DESC`).join(', ');
  const rows =
    lastRows === null ? child : `(SELECT TOP (${lastRows}) * FROM ${child} AS r ORDER BY ${order})`;
  const same = columns.map(
    (name, at) => `p.${quoteIdent(parentColumns[at] ?? '')} = c.${quoteIdent(name)}`,
  );
  return `
SELECT COUNT_BIG(*) AS n
  FROM ${rows} AS c
 WHERE ${columns.map((name) => `c.${quoteIdent(name)} IS NOT NULL`).join(' AND ')}
   AND NOT EXISTS (SELECT 1 FROM ${quoteQualified(parent.schema, parent.table)} AS p
                    WHERE ${same.join(' AND ')})`;
}
