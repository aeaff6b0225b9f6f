import type { PgConstraint, PgRelation } from '../catalog/model.js';
import { quoteIdent, quoteLiteral, quoteQualified } from '../sql/quote.js';
import { placeOf } from './index-sql.js';
import type { Placement } from './placement.js';
import type { Statement } from './statement.js';
import { repeatable } from './statement.js';

/** `kind` and `name` as COMMENT ON wants them; an empty list where there is no comment. */
export function commentOn(kind: string, name: string, comment: string | null): string[] {
  return comment === null ? [] : [`COMMENT ON ${kind} ${name} IS ${quoteLiteral(comment)}`];
}

/** Comments of the tables, their columns, indexes, constraints and sequences. */
export function commentStatements(placement: Placement): Statement[] {
  const { members, ownedSequences } = placement.table;
  const sequences = ownedSequences.flatMap((sequence) => {
    const { schema, table } = placement.sequence(sequence);
    return commentOn('SEQUENCE', quoteQualified(schema, table), sequence.comment);
  });
  const statements = [
    ...members.flatMap((member) => relationComments(member, placement)),
    ...sequences,
  ];
  return statements.map((sql) => repeatable('comment', sql));
}

function relationComments(member: PgRelation, placement: Placement): string[] {
  const table = placement.quoted(member);
  return [
    ...commentOn('TABLE', table, member.comment),
    ...member.columns.flatMap((column) =>
      commentOn('COLUMN', `${table}.${quoteIdent(column.name)}`, column.comment),
    ),
    ...member.indexes.flatMap((index) => {
      const { schema, table: name } = placeOf(index, member, placement);
      return commentOn('INDEX', quoteQualified(schema, name), index.comment);
    }),
    ...member.constraints
      .filter((constraint) => constraint.type !== 'foreign')
      .flatMap((constraint) => {
        const name = quoteIdent(constraintName(constraint, placement));
        return commentOn('CONSTRAINT', `${name} ON ${table}`, constraint.comment);
      }),
  ];
}

/** A constraint with an index shares its name, which is unique in the schema. */
export function constraintName(constraint: PgConstraint, placement: Placement): string {
  const indexed = constraint.index !== null && constraint.type !== 'foreign';
  return indexed ? placement.nameOf(constraint.name) : constraint.name;
}
