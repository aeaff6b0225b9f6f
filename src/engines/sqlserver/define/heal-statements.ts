import type { TableName } from '../../../core/names.js';
import type { MsTable } from '../catalog/model.js';
import { quoteIdent, quoteLiteral, quoteQualified } from '../sql/quote.js';
import { columnSql, targetType } from './column-sql.js';
import type { DifferenceKind, TableDifference } from './compare-tables.js';
import { Placement } from './placement.js';
import type { Statement } from './statement.js';
import { repeatable } from './statement.js';
import type { TargetFacts } from './target-facts.js';

interface Place {
  readonly target: TableName;
  readonly facts: TargetFacts;
}

const ORDER: readonly DifferenceKind[] = [
  'column renamed',
  'column dropped',
  'nullable',
  'column missing',
];

/** What mends the differences whose effect is `heal`, renames before drops before additions. */
export function healStatements(
  differences: readonly TableDifference[],
  source: MsTable,
  found: MsTable,
  place: Place,
): Statement[] {
  const healed = differences.filter((difference) => difference.effect === 'heal');
  return ORDER.flatMap((kind) =>
    healed
      .filter((difference) => difference.kind === kind)
      .flatMap((difference) =>
        changes(difference, source, found, place).map((sql) =>
          repeatable(`${kind} ${difference.subject}`, sql),
        ),
      ),
  );
}

function changes(
  difference: TableDifference,
  source: MsTable,
  found: MsTable,
  { target, facts }: Place,
): string[] {
  const table = quoteQualified(target.schema, target.table);
  const { subject, former } = difference;
  if (difference.kind === 'column renamed') return [rename(table, former ?? subject, subject)];
  if (difference.kind === 'column dropped') return drop(table, subject, found);
  const column = source.column(subject);
  if (column === undefined) return [];
  if (difference.kind === 'nullable') {
    const collation = column.collation === null ? '' : ` COLLATE ${column.collation}`;
    const type = `${targetType(column, facts)}${collation}`;
    return [`ALTER TABLE ${table} ALTER COLUMN ${quoteIdent(subject)} ${type} NULL`];
  }
  // Rows that are there have no value yet; their real ones follow as changes
  // (test/conformance/sqlserver/definitions: "ADD gives the rows the default of a NOT NULL column").
  const open = column.default === null ? { ...column, nullable: true } : column;
  return [`ALTER TABLE ${table} ADD ${columnSql(open, new Placement(source, target), facts)}`];
}

/**
 * The procedure reads its first argument as a name with quotes, the second one as it is
 * (test/conformance/sqlserver/rename: "of a column keeps its number, values and indexes").
 */
function rename(table: string, from: string, to: string): string {
  const old = quoteLiteral(`${table}.${quoteIdent(from)}`);
  return `EXEC sp_rename ${old}, ${quoteLiteral(to)}, N'COLUMN'`;
}

/**
 * The source could drop the column only after its default and its indexes: so it is here
 * (test/conformance/sqlserver/definitions: "DROP COLUMN is refused while a default or an index").
 */
function drop(table: string, name: string, found: MsTable): string[] {
  const column = found.column(name);
  const defaults = column?.default == null ? [] : [constraint(table, column.default.name)];
  const indexes = found.indexes
    .filter((index) => index.columns.some((used) => used.name === name))
    .filter(({ kind }) => kind !== 'heap' && kind !== 'clustered columnstore')
    .map((index) =>
      index.primary || index.constraint
        ? constraint(table, index.name)
        : `DROP INDEX ${quoteIdent(index.name)} ON ${table}`,
    );
  return [...indexes, ...defaults, `ALTER TABLE ${table} DROP COLUMN ${quoteIdent(name)}`];
}

function constraint(table: string, name: string): string {
  return `ALTER TABLE ${table} DROP CONSTRAINT ${quoteIdent(name)}`;
}
