import type { TableName } from '../../../core/names.js';
import type { TableModel } from '../../contract/schema.js';
import { quoteIdent } from '../sql/quote.js';
import { checkStatements } from './check-sql.js';
import { createTable } from './create-table.js';
import { indexStatements } from './index-sql.js';
import { Placement } from './placement.js';
import { propertyStatements } from './property-sql.js';
import type { Statement } from './statement.js';
import { repeatable } from './statement.js';
import { tableFor } from './table-for.js';
import type { TargetFacts } from './target-facts.js';
import { PLAIN_TARGET } from './target-facts.js';

export interface StageStatements {
  /** Before the load; may all be in one transaction. */
  readonly create: readonly Statement[];
  /** After the load, in this order: the clustered index, keys, what takes long, what is quick. */
  readonly finish: readonly Statement[];
}

/**
 * Everything that makes a table of the source's shape in the stage schema, under its final names.
 * Foreign keys come once their tables are there (finishSchema). The schema and what the table
 * requires must be there.
 *
 * @param filegroup see createTable
 * @throws SluiceError TYPE_UNSUPPORTED naming the column, for a table of another engine
 */
export function stageStatements(
  model: TableModel,
  stageSchema: string,
  target: TableName,
  facts: TargetFacts = PLAIN_TARGET,
  filegroup: string | null = null,
): StageStatements {
  const placement = new Placement(tableFor(model), target, stageSchema);
  return {
    create: createTable(placement, facts, filegroup),
    finish: [
      ...indexStatements(placement, facts),
      ...checkStatements(placement),
      ...propertyStatements(placement),
    ],
  };
}

/**
 * Moves the finished stage to its place, with its rows, indexes, constraints and properties; the
 * schema of a table is also the schema of its constraints (test/conformance/sqlserver/definitions:
 * "TRANSFER takes the rows, indexes and constraints of a table along"). Nothing of the same name
 * may be left there.
 */
export function moveStatements(stageSchema: string, target: TableName): readonly Statement[] {
  const staged = `${quoteIdent(stageSchema)}.${quoteIdent(target.table)}`;
  const sql = `ALTER SCHEMA ${quoteIdent(target.schema)} TRANSFER ${staged}`;
  return [repeatable(`place of ${target.table}`, sql)];
}
