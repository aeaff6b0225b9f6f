import type { PgRelation } from '../catalog/model.js';
import { quoteIdent, quoteQualified } from '../sql/quote.js';
import { columnSettings, columnSql } from './column-sql.js';
import type { Placement } from './placement.js';
import { createSequence } from './sequence-sql.js';
import type { Statement } from './statement.js';
import { isAttached, relationExists, repeatable } from './statement.js';
import { optionList, withClause } from './table-options.js';
import type { TargetFacts } from './target-facts.js';

/**
 * The tables themselves, with columns, defaults, not-null and their owned sequences; nothing that
 * can wait until the rows are there. Partitions are made by themselves and attached, which keeps
 * the order of their columns.
 */
export function createTables(placement: Placement, facts: TargetFacts): Statement[] {
  const { members, ownedSequences } = placement.table;
  const free = ownedSequences.filter((sequence) => sequence.owner?.identity === false);
  return [
    ...free.map((sequence) => {
      const sql = createSequence(sequence, placement.sequence(sequence));
      return repeatable(`sequence ${sequence.name}`, sql);
    }),
    ...members.flatMap((member) => [
      createTable(member, placement, facts),
      ...columnSettings(member, placement, facts),
    ]),
    ...members.flatMap((member) => attachPartition(member, placement)),
    ...ownSequences(placement),
  ];
}

function createTable(member: PgRelation, placement: Placement, facts: TargetFacts): Statement {
  const columns = member.columns.map((column) => columnSql(column, member, placement, facts));
  const key = member.partitionKey === null ? '' : ` PARTITION BY ${member.partitionKey}`;
  const options = [...optionList(member.options), ...optionList(member.toastOptions, 'toast')];
  return {
    what: `table ${member.name}`,
    sql: `CREATE TABLE ${placement.quoted(member)} (${columns.join(', ')})${key}${withClause(options)}`,
    done: relationExists(placement.member(member)),
  };
}

function attachPartition(member: PgRelation, placement: Placement): Statement[] {
  const parent = placement.table.members.find((other) => other.oid === member.parent);
  if (parent === undefined || member.partitionBound === null) return [];
  const child = placement.quoted(member);
  return [
    {
      what: `partition ${member.name}`,
      sql: `ALTER TABLE ONLY ${placement.quoted(parent)} ATTACH PARTITION ${child} ${member.partitionBound}`,
      done: isAttached(placement.member(member)),
    },
  ];
}

function ownSequences(placement: Placement): Statement[] {
  const { members, ownedSequences } = placement.table;
  return ownedSequences.flatMap((sequence) => {
    const member = members.find((candidate) => candidate.oid === sequence.owner?.relation);
    if (member === undefined || sequence.owner === null || sequence.owner.identity) return [];
    const name = placement.sequence(sequence);
    const column = `${placement.quoted(member)}.${quoteIdent(sequence.owner.column)}`;
    const sql = `ALTER SEQUENCE ${quoteQualified(name.schema, name.table)} OWNED BY ${column}`;
    return [repeatable(`owner of sequence ${sequence.name}`, sql)];
  });
}
