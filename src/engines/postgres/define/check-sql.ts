import type { PgRelation } from '../catalog/model.js';
import { quoteIdent } from '../sql/quote.js';
import type { Placement } from './placement.js';
import type { Statement } from './statement.js';
import { constraintExists } from './statement.js';
import type { TargetFacts } from './target-facts.js';

const FIRST_NOT_NULL_CONSTRAINT = 180_000;

/**
 * Checks, all of a relation in one statement and so in one pass over its rows. Those of partitions
 * come first: the parent's then joins the equal one of its partition.
 */
export function checkStatements(placement: Placement, facts: TargetFacts): Statement[] {
  return placement.table.members.toReversed().flatMap((member) => {
    const added = [...checksOf(member), ...unvalidatedNotNulls(member, facts)];
    const last = added.at(-1);
    if (last === undefined) return [];
    const clauses = added.map(({ name, sql }) => `ADD CONSTRAINT ${quoteIdent(name)} ${sql}`);
    return [
      {
        what: `checks of ${member.name}`,
        sql: `ALTER TABLE ${placement.quoted(member)} ${clauses.join(', ')}`,
        done: constraintExists(placement.member(member), last.name),
      },
    ];
  });
}

interface AddedConstraint {
  readonly name: string;
  readonly sql: string;
}

function checksOf(member: PgRelation): AddedConstraint[] {
  return member.constraints
    .filter(({ type, local }) => type === 'check' && (local || member.parent === null))
    .map(({ name, definition }) => ({ name, sql: definition }));
}

/** Older targets know no such thing, and rows with NULL may be there: nothing is added. */
function unvalidatedNotNulls(member: PgRelation, facts: TargetFacts): AddedConstraint[] {
  if (facts.version < FIRST_NOT_NULL_CONSTRAINT) return [];
  return member.columns.flatMap((column) => {
    const { notNullName: name, notNullValidated, notNull } = column;
    if (!notNull || notNullValidated || name === null) return [];
    return [{ name, sql: `NOT NULL ${quoteIdent(column.name)} NOT VALID` }];
  });
}
