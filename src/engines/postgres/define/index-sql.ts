import type { TableName } from '../../../core/names.js';
import type { PgConstraint, PgIndex, PgRelation } from '../catalog/model.js';
import { quoteIdent, quoteQualified } from '../sql/quote.js';
import type { Placement } from './placement.js';
import type { Statement } from './statement.js';
import { constraintExists, isAttached, relationExists, repeatable } from './statement.js';
import { optionList } from './table-options.js';

/**
 * All indexes of the table and its partitions, keys first. The leaves come before their parents,
 * each index a statement of its own; a parent's index is made empty and takes those of its
 * partitions, so no leaf is indexed twice and every name is the source's.
 */
export function indexStatements(placement: Placement): Statement[] {
  const bottomUp = placement.table.members.toReversed();
  const passes = [isPrimary, isOtherUnique, isPlain];
  return passes.flatMap((belongs) =>
    bottomUp.flatMap((member) =>
      member.indexes
        .filter((index) => belongs(index) && (index.valid || member.kind === 'partitioned'))
        .flatMap((index) => indexStatement(index, member, placement)),
    ),
  );
}

const isPrimary = (index: PgIndex) => index.primary;
const isOtherUnique = (index: PgIndex) => index.unique && !index.primary;
const isPlain = (index: PgIndex) => !index.unique;

function indexStatement(index: PgIndex, member: PgRelation, placement: Placement): Statement[] {
  const made = placeOf(index, member, placement);
  const constraint = member.constraints.find(
    (candidate) => candidate.index === index.oid && candidate.type !== 'foreign',
  );
  const create =
    constraint === undefined
      ? createIndex(index, member, placement)
      : addConstraint(constraint, index, member, placement);
  return [
    create,
    ...constraintIndexOptions(index, made),
    ...attachChildren(index, made, placement),
  ];
}

function createIndex(index: PgIndex, member: PgRelation, placement: Placement): Statement {
  const made = placeOf(index, member, placement);
  const unique = index.unique ? 'UNIQUE ' : '';
  const only = member.kind === 'partitioned' ? 'ONLY ' : '';
  const on = `${quoteIdent(made.table)} ON ${only}${placement.quoted(member)}`;
  return {
    what: `index ${made.table}`,
    sql: `CREATE ${unique}INDEX ${on} USING ${index.tail}`,
    done: relationExists(made),
  };
}

function addConstraint(
  constraint: PgConstraint,
  index: PgIndex,
  member: PgRelation,
  placement: Placement,
): Statement {
  const made = placeOf(index, member, placement);
  const name = quoteIdent(made.table);
  return {
    what: `${constraint.type} constraint ${made.table}`,
    sql: `ALTER TABLE ONLY ${placement.quoted(member)} ADD CONSTRAINT ${name} ${constraint.definition}`,
    done: constraintExists(placement.member(member), made.table),
  };
}

/** A constraint's definition leaves out the storage parameters of its index. */
function constraintIndexOptions(index: PgIndex, made: TableName): Statement[] {
  if (index.constraint === null || index.options.length === 0) return [];
  const name = quoteQualified(made.schema, made.table);
  const sql = `ALTER INDEX ${name} SET (${optionList(index.options).join(', ')})`;
  return [repeatable(`options of index ${made.table}`, sql)];
}

function attachChildren(parent: PgIndex, made: TableName, placement: Placement): Statement[] {
  return placement.table.members.flatMap((member) =>
    member.indexes
      .filter((index) => index.parent === parent.oid)
      .map((index) => {
        const child = placeOf(index, member, placement);
        const names = [made, child].map((name) => quoteQualified(name.schema, name.table));
        return {
          what: `index ${child.table} of a partition`,
          sql: `ALTER INDEX ${names[0] ?? ''} ATTACH PARTITION ${names[1] ?? ''}`,
          done: isAttached(child),
        };
      }),
  );
}

/** An index is in the schema of its table. */
export function placeOf(index: PgIndex, member: PgRelation, placement: Placement): TableName {
  return { schema: placement.member(member).schema, table: placement.nameOf(index.name) };
}
