import type { MsColumn } from '../catalog/model.js';
import { declaredText, typeText } from '../catalog/type-text.js';
import { quoteIdent } from '../sql/quote.js';
import type { Placement } from './placement.js';
import type { TargetFacts } from './target-facts.js';

/** One column of CREATE TABLE or ADD. */
export function columnSql(column: MsColumn, placement: Placement, facts: TargetFacts): string {
  const name = quoteIdent(column.name);
  if (column.computed !== null) return `${name} ${computedSql(column)}`;
  if (column.columnSet) return `${name} xml COLUMN_SET FOR ALL_SPARSE_COLUMNS`;
  const parts = [name, targetType(column, facts), ...collationSql(column, facts)];
  if (column.sparse) parts.push('SPARSE');
  parts.push(column.nullable ? 'NULL' : 'NOT NULL');
  if (!isOwnRowversion(column, facts)) parts.push(...valueSql(column, placement));
  if (column.rowGuid) parts.push('ROWGUIDCOL');
  return parts.join(' ');
}

/** The type a column has on the target. */
export function targetType(column: MsColumn, facts: TargetFacts): string {
  if (column.type.name === 'timestamp') {
    return facts.rowversion === 'native' ? 'rowversion' : 'binary(8)';
  }
  return usesAlias(column, facts) ? declaredText(column) : typeText(column.type);
}

/** The target gives out the values: no row brings its own. */
export function isOwnRowversion(column: MsColumn, facts: TargetFacts): boolean {
  return column.type.name === 'timestamp' && facts.rowversion === 'native';
}

/** A column of an alias type takes no collation: it has the database's, or it needs the base type. */
function usesAlias(column: MsColumn, facts: TargetFacts): boolean {
  if (column.declared === null || column.isClr) return false;
  return column.collation === null || column.collation === facts.collation;
}

function collationSql(column: MsColumn, facts: TargetFacts): string[] {
  if (column.collation === null || usesAlias(column, facts)) return [];
  return [`COLLATE ${column.collation}`];
}

/** The expression stands in parentheses already. */
function computedSql(column: MsColumn): string {
  const { definition, persisted } = column.computed ?? { definition: null, persisted: false };
  const stored = persisted ? ` PERSISTED${column.nullable ? '' : ' NOT NULL'}` : '';
  return `AS ${definition ?? '(NULL)'}${stored}`;
}

function valueSql(column: MsColumn, placement: Placement): string[] {
  const { identity } = column;
  if (identity !== null) {
    const clause = `IDENTITY(${identity.seed},${identity.increment})`;
    return [identity.notForReplication ? `${clause} NOT FOR REPLICATION` : clause];
  }
  const definition = column.default?.definition ?? null;
  if (column.default === null || definition === null) return [];
  const name = quoteIdent(placement.nameOf(column.default.name));
  return [`CONSTRAINT ${name} DEFAULT ${definition}`];
}
