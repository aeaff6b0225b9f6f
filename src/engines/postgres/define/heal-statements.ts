import type { TableModel } from '../../contract/schema.js';
import type { PgRelation } from '../catalog/model.js';
import { nativeTable } from '../catalog/native.js';
import { quoteIdent, quoteQualified } from '../sql/quote.js';
import { columnSql } from './column-sql.js';
import { isConstant } from './constant-default.js';
import type { TableDifference } from './compare-tables.js';
import { createTables } from './create-table.js';
import { Placement } from './placement.js';
import type { Statement } from './statement.js';
import { repeatable } from './statement.js';
import type { TargetFacts } from './target-facts.js';

/**
 * What mends the differences whose effect is `heal`, renames before drops before additions. Partitions
 * are made empty: rows of one that was attached with rows have to be copied.
 */
export function healStatements(
  differences: readonly TableDifference[],
  source: TableModel,
  target: TableModel,
  facts: TargetFacts,
): Statement[] {
  const placement = new Placement(nativeTable(source), target.name);
  const table = quoteQualified(target.name.schema, target.name.table);
  const healed = differences.filter((difference) => difference.effect === 'heal');
  const order: readonly TableDifference['kind'][] = [
    'column renamed',
    'column dropped',
    'nullable',
    'column missing',
  ];
  const columns = order.flatMap((kind) =>
    healed
      .filter((difference) => difference.kind === kind)
      .map((difference) => {
        const change = columnChange(difference, placement, facts);
        return repeatable(`${kind} ${difference.subject}`, `ALTER TABLE ${table} ${change}`);
      }),
  );
  const partitions = healed
    .filter(({ kind }) => kind === 'partition missing')
    .flatMap(({ subject }) => addPartition(subject, source, target, placement, facts));
  return [...columns, ...partitions];
}

function columnChange(
  difference: TableDifference,
  placement: Placement,
  facts: TargetFacts,
): string {
  const name = quoteIdent(difference.subject);
  if (difference.kind === 'column renamed') {
    return `RENAME COLUMN ${quoteIdent(difference.former ?? difference.subject)} TO ${name}`;
  }
  if (difference.kind === 'column dropped') return `DROP COLUMN ${name}`;
  if (difference.kind === 'nullable') return `ALTER COLUMN ${name} DROP NOT NULL`;
  const { root } = placement.table;
  const column = root.columns.find((candidate) => candidate.name === difference.subject);
  if (column === undefined) return `ADD COLUMN IF NOT EXISTS ${name} text`;
  // Rows that are there have no value yet; their real ones follow as changes.
  const { defaultText, generated } = column;
  if (generated === null && !isConstant(defaultText)) {
    const bare = { ...column, notNull: false, defaultText: null };
    const added = `ADD COLUMN IF NOT EXISTS ${columnSql(bare, root, placement, facts)}`;
    return `${added}, ALTER COLUMN ${name} SET DEFAULT ${defaultText ?? 'NULL'}`;
  }
  const open = defaultText === null ? { ...column, notNull: false } : column;
  return `ADD COLUMN IF NOT EXISTS ${columnSql(open, root, placement, facts)}`;
}

function addPartition(
  name: string,
  source: TableModel,
  target: TableModel,
  placement: Placement,
  facts: TargetFacts,
): Statement[] {
  const { members } = placement.table;
  const added = members.find((member) => member.name === name);
  if (added === undefined) return [];
  const below = new Set([added.oid]);
  for (const member of members) if (below.has(member.parent ?? '')) below.add(member.oid);
  const wanted = members.filter(({ oid }) => below.has(oid));
  const parent = targetParent(added, nativeTable(source).members, target);
  const places = new Set(wanted.map((member) => placement.quoted(member)));
  const all = createTables(placement, facts);
  const made = all.filter(({ sql }) => [...places].some((place) => makes(sql, place)));
  const from = members.find(({ oid }) => oid === added.parent);
  if (parent === null || from === undefined) return made;
  // The parent on the target may be called otherwise.
  const expected = `ALTER TABLE ONLY ${placement.quoted(from)} ATTACH`;
  return made.map((statement) =>
    statement.sql.startsWith(expected)
      ? {
          ...statement,
          sql: `ALTER TABLE ONLY ${parent} ATTACH${statement.sql.slice(expected.length)}`,
        }
      : statement,
  );
}

function makes(sql: string, place: string): boolean {
  return (
    sql.startsWith(`CREATE TABLE ${place} (`) ||
    sql.startsWith(`ALTER TABLE ONLY ${place} ALTER COLUMN `) ||
    sql.includes(` ATTACH PARTITION ${place} FOR VALUES `) ||
    sql.endsWith(` ATTACH PARTITION ${place} DEFAULT`)
  );
}

/** The relation of the target that has the place of the added partition's parent. */
function targetParent(
  added: PgRelation,
  members: readonly PgRelation[],
  target: TableModel,
): string | null {
  const bounds: string[] = [];
  let at = members.find(({ oid }) => oid === added.parent);
  while (at !== undefined && at.parent !== null) {
    bounds.unshift(at.partitionBound ?? '');
    const { parent } = at;
    at = members.find(({ oid }) => oid === parent);
  }
  const { root, members: found } = nativeTable(target);
  let place: PgRelation | undefined = root;
  for (const bound of bounds) {
    const above: PgRelation | undefined = place;
    place = found.find((m) => m.parent === above?.oid && m.partitionBound === bound);
  }
  return place === undefined ? null : quoteQualified(place.schema, place.name);
}
