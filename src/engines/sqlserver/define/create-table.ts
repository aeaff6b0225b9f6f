import { columnSql } from './column-sql.js';
import type { Placement } from './placement.js';
import type { Statement } from './statement.js';
import { tableExists } from './statement.js';
import { compressionOptions, dataSpaceSql, withClause } from './storage-sql.js';
import type { TargetFacts } from './target-facts.js';

/**
 * The table with columns, defaults and identity on the filegroup or partition scheme of its rows;
 * nothing that can wait until the rows are there.
 */
export function createTable(placement: Placement, facts: TargetFacts): Statement[] {
  const { table, place, quoted } = placement;
  const columns = table.columns.map((column) => columnSql(column, placement, facts));
  const { storage } = table;
  const heap = storage?.kind === 'heap' ? compressionOptions(storage) : [];
  const on = dataSpaceSql(storage, facts);
  return [
    {
      what: `table ${place.table}`,
      sql: `CREATE TABLE ${quoted} (${columns.join(', ')})${on}${withClause(heap)}`,
      done: tableExists(place),
    },
  ];
}
