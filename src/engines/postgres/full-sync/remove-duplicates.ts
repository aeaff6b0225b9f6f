import { quoteIdent, quoteQualified } from '../sql/quote.js';
import type { Relation } from './copy-sql.js';

/**
 * Keep any one row of each key. A row that moved while it was copied was changed after parking
 * began, so its last version is among the parked changes, with all its columns.
 */
export function removeDuplicatesSql(relation: Relation, key: readonly string[]): string {
  const table = quoteQualified(relation.schema, relation.name);
  return `
delete from ${table} t
 using (select tableoid, ctid,
               row_number() over (partition by ${key.map(quoteIdent).join(', ')}) as n
          from ${table}) numbered
 where numbered.n > 1 and t.tableoid = numbered.tableoid and t.ctid = numbered.ctid`;
}
