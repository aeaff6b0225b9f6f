import type { PgColumn, PgRelation } from '../catalog/model.js';
import { quoteIdent } from '../sql/quote.js';
import type { Placement } from './placement.js';
import { regclassLiteral } from './placement.js';
import { identityClause } from './sequence-sql.js';
import type { Statement } from './statement.js';
import { repeatable } from './statement.js';
import type { TargetFacts } from './target-facts.js';

const FIRST_VIRTUAL = 180_000;

/** One column of CREATE TABLE or ADD COLUMN. */
export function columnSql(
  column: PgColumn,
  relation: PgRelation,
  placement: Placement,
  facts: TargetFacts,
): string {
  const parts = [quoteIdent(column.name), column.type];
  if (column.collation !== null) parts.push(`COLLATE ${column.collation}`);
  parts.push(...notNullSql(column), ...valueSql(column, relation, placement, facts));
  return parts.join(' ');
}

/** The default with its sequences at their new places; null: none, or it has to wait. */
export function defaultSql(column: PgColumn, placement: Placement): string | null {
  if (column.generated !== null || column.defaultText === null) return null;
  let text = column.defaultText;
  for (const use of column.sequences) {
    const place = placement.sequenceUse(use);
    if (place === null) return null;
    text = text.replaceAll(use.literal, () => regclassLiteral(place));
  }
  return text;
}

/** A not-null that was never validated is added after the load, also without validation. */
function notNullSql(column: PgColumn): string[] {
  if (!column.notNull || !column.notNullValidated) return [];
  const { notNullName } = column;
  return [notNullName === null ? 'NOT NULL' : `CONSTRAINT ${quoteIdent(notNullName)} NOT NULL`];
}

function valueSql(
  column: PgColumn,
  relation: PgRelation,
  placement: Placement,
  facts: TargetFacts,
): string[] {
  if (column.generated !== null) {
    const virtual = column.generated === 'virtual' && facts.version >= FIRST_VIRTUAL;
    const kind = virtual ? 'VIRTUAL' : 'STORED';
    return [`GENERATED ALWAYS AS (${column.defaultText ?? 'NULL'}) ${kind}`];
  }
  // A partition has the identity of its root from version 17 on, and none before.
  if (column.identity !== null && relation.parent === null) {
    const sequence = placement.table.ownedSequences.find(
      ({ owner }) => owner?.relation === relation.oid && owner.column === column.name,
    );
    const name = sequence === undefined ? undefined : placement.sequence(sequence);
    return [identityClause(column.identity, sequence, name)];
  }
  const value = defaultSql(column, placement);
  return value === null ? [] : [`DEFAULT ${value}`];
}

/** How a column is stored: settings that have no place in CREATE TABLE in every version. */
export function columnSettings(
  relation: PgRelation,
  placement: Placement,
  facts: TargetFacts,
): Statement[] {
  return relation.columns.flatMap((column) => {
    const changes = settingsOf(column, facts);
    if (changes.length === 0) return [];
    const name = quoteIdent(column.name);
    const sql = changes.map((change) => `ALTER COLUMN ${name} ${change}`).join(', ');
    const what = `settings of column ${relation.name}.${column.name}`;
    return [repeatable(what, `ALTER TABLE ONLY ${placement.quoted(relation)} ${sql}`)];
  });
}

function settingsOf(column: PgColumn, facts: TargetFacts): string[] {
  const { storage, compression, statisticsTarget, options } = column;
  const changes: string[] = [];
  if (storage !== null) changes.push(`SET STORAGE ${storage.toUpperCase()}`);
  if (compression === 'pglz' || (compression === 'lz4' && facts.lz4)) {
    changes.push(`SET COMPRESSION ${compression}`);
  }
  if (statisticsTarget !== null) changes.push(`SET STATISTICS ${String(statisticsTarget)}`);
  if (options.length > 0) changes.push(`SET (${options.join(', ')})`);
  return changes;
}
