import type { TableName } from '../../../core/names.js';
import type { TableModel } from '../../contract/schema.js';
import type { PgRelation } from '../catalog/model.js';
import { nativeTable } from '../catalog/native.js';
import { identityIndex } from '../catalog/table-key.js';
import { quoteIdent } from '../sql/quote.js';
import { checkStatements } from './check-sql.js';
import { commentStatements } from './comment-sql.js';
import { createTables } from './create-table.js';
import { indexStatements } from './index-sql.js';
import { Placement } from './placement.js';
import type { Statement } from './statement.js';
import { repeatable } from './statement.js';
import type { TargetFacts } from './target-facts.js';
import { NEWEST } from './target-facts.js';

export interface StageStatements {
  /** Before the load; may all be in one transaction. */
  readonly create: readonly Statement[];
  /** After the load, in this order: keys first, then what takes long, then what is quick. */
  readonly finish: readonly Statement[];
}

/**
 * Everything that makes a table of the source's shape in the stage schema, under its final names.
 * Foreign keys come after the swap (foreignKeyStatements). The schema and what the table requires
 * must be there.
 */
export function stageStatements(
  model: TableModel,
  stageSchema: string,
  target: TableName,
  facts: TargetFacts = NEWEST,
): StageStatements {
  const placement = new Placement(nativeTable(model), target, stageSchema);
  return {
    create: createTables(placement, facts),
    finish: [
      ...indexStatements(placement),
      ...checkStatements(placement, facts),
      ...placement.table.members.flatMap((member) => replicaIdentity(member, placement)),
      ...commentStatements(placement),
      analyze(placement),
    ],
  };
}

/**
 * Moves the finished stage to its place: each member of the tree with its indexes, constraints and
 * owned sequences. Nothing of the same name may be left at that place.
 */
export function swapStatements(
  model: TableModel,
  stageSchema: string,
  target: TableName,
): readonly Statement[] {
  const placement = new Placement(nativeTable(model), target, stageSchema);
  return placement.table.members.map((member) => {
    const schema = quoteIdent(placement.finalMember(member).schema);
    const sql = `ALTER TABLE ${placement.quoted(member)} SET SCHEMA ${schema}`;
    return repeatable(`place of ${member.name}`, sql);
  });
}

function replicaIdentity(member: PgRelation, placement: Placement): Statement[] {
  const index = identityIndex(member);
  const choice = {
    default: null,
    nothing: 'NOTHING',
    full: 'FULL',
    index:
      index === undefined ? 'NOTHING' : `USING INDEX ${quoteIdent(placement.nameOf(index.name))}`,
  }[member.replicaIdentity];
  if (choice === null) return [];
  const sql = `ALTER TABLE ONLY ${placement.quoted(member)} REPLICA IDENTITY ${choice}`;
  return [repeatable(`replica identity of ${member.name}`, sql)];
}

function analyze(placement: Placement): Statement {
  const { root } = placement.table;
  return repeatable(`statistics of ${root.name}`, `ANALYZE ${placement.quoted(root)}`);
}
