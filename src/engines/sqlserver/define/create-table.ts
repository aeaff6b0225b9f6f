import { quoteIdent } from '../sql/quote.js';
import { columnSql } from './column-sql.js';
import type { Placement } from './placement.js';
import type { Statement } from './statement.js';
import { tableExists } from './statement.js';
import { compressionOptions, dataSpaceSql, withClause } from './storage-sql.js';
import { filegroupOn, type TargetFacts } from './target-facts.js';

/**
 * The table with columns, defaults and identity on the filegroup or partition scheme of its rows;
 * nothing that can wait until the rows are there.
 *
 * @param filegroup where the rows wait for their clustered index, which takes them to their place
 */
export function createTable(
  placement: Placement,
  facts: TargetFacts,
  filegroup: string | null = null,
): Statement[] {
  const { table, place, quoted } = placement;
  const columns = table.columns.map((column) => columnSql(column, placement, facts));
  const { storage } = table;
  const heap = storage?.kind === 'heap' ? compressionOptions(storage) : [];
  const on =
    filegroup === null
      ? dataSpaceSql(storage, facts)
      : ` ON ${quoteIdent(filegroupOn(facts, filegroup))}`;
  return [
    {
      what: `table ${place.table}`,
      sql: `CREATE TABLE ${quoted} (${columns.join(', ')})${on}${withClause(heap)}`,
      done: tableExists(place),
    },
  ];
}
