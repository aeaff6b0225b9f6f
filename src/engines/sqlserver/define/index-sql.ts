import type { MsIndex, MsIndexColumn } from '../catalog/model.js';
import { quoteIdent } from '../sql/quote.js';
import type { Placement } from './placement.js';
import type { Statement } from './statement.js';
import { constraintExists, indexExists, repeatable } from './statement.js';
import { compressionOptions, dataSpaceSql, indexOptions, withClause } from './storage-sql.js';
import type { TargetFacts } from './target-facts.js';

/**
 * All keys and indexes, the clustered one first, so that the others are built once; then keys, then
 * the rest. A disabled one is built and disabled, and then refuses nothing
 * (test/conformance/sqlserver/indexes: "that is disabled refuses nothing"). XML and spatial indexes
 * are not made (said by the table's findings).
 */
export function indexStatements(placement: Placement, facts: TargetFacts): Statement[] {
  const made = placement.table.indexes.filter(({ kind }) => !NOT_MADE.has(kind));
  return [...made.filter(isClustered), ...made.filter(isKey), ...made.filter(isPlain)].flatMap(
    (index) => indexStatement(index, placement, facts),
  );
}

const NOT_MADE: ReadonlySet<MsIndex['kind']> = new Set([
  'heap',
  'xml',
  'spatial',
  'other',
] as const);

function isClustered({ kind }: MsIndex): boolean {
  return kind === 'clustered' || kind === 'clustered columnstore';
}

function isKey(index: MsIndex): boolean {
  return !isClustered(index) && index.unique;
}

function isPlain(index: MsIndex): boolean {
  return !isClustered(index) && !index.unique;
}

function indexStatement(index: MsIndex, placement: Placement, facts: TargetFacts): Statement[] {
  const isConstraint = index.primary || index.constraint;
  const create = isConstraint
    ? addConstraint(index, placement, facts)
    : createIndex(index, placement, facts);
  if (!index.disabled || isClustered(index)) return [create];
  const name = placement.nameOf(index.name);
  const sql = `ALTER INDEX ${quoteIdent(name)} ON ${placement.quoted} DISABLE`;
  return [create, repeatable(`disabled index ${name}`, sql)];
}

function addConstraint(index: MsIndex, placement: Placement, facts: TargetFacts): Statement {
  const name = placement.nameOf(index.name);
  const kind = index.primary ? 'PRIMARY KEY' : 'UNIQUE';
  const clustered = index.kind === 'clustered' ? 'CLUSTERED' : 'NONCLUSTERED';
  return {
    what: `${index.primary ? 'primary key' : 'unique constraint'} ${name}`,
    sql:
      `ALTER TABLE ${placement.quoted} ADD CONSTRAINT ${quoteIdent(name)} ${kind} ${clustered} ` +
      `(${keyList(index)})${withClause(indexOptions(index))}${dataSpaceSql(index, facts)}`,
    done: constraintExists(placement.place, name),
  };
}

function createIndex(index: MsIndex, placement: Placement, facts: TargetFacts): Statement {
  const name = placement.nameOf(index.name);
  const on = `INDEX ${quoteIdent(name)} ON ${placement.quoted}`;
  return {
    what: `index ${name}`,
    sql: `CREATE ${indexBody(index, on)}${dataSpaceSql(index, facts)}`,
    done: indexExists(placement.place, name),
  };
}

function indexBody(index: MsIndex, on: string): string {
  const filter = index.filter === null ? '' : ` WHERE ${index.filter}`;
  switch (index.kind) {
    case 'clustered columnstore':
      return `CLUSTERED COLUMNSTORE ${on}${withClause(compressionOptions(index))}`;
    case 'nonclustered columnstore': {
      const columns = index.columns.filter(({ included }) => included);
      const list = `(${names(columns)})`;
      return `NONCLUSTERED COLUMNSTORE ${on} ${list}${filter}${withClause(compressionOptions(index))}`;
    }
    default: {
      const unique = index.unique ? 'UNIQUE ' : '';
      const clustered = index.kind === 'clustered' ? 'CLUSTERED' : 'NONCLUSTERED';
      const included = index.columns.filter((column) => column.included);
      const include = included.length === 0 ? '' : ` INCLUDE (${names(included)})`;
      return (
        `${unique}${clustered} ${on} (${keyList(index)})${include}${filter}` +
        withClause(indexOptions(index))
      );
    }
  }
}

function keyList(index: MsIndex): string {
  return index.columns
    .filter(({ keyPlace }) => keyPlace > 0)
    .map(({ name, descending }) => `${quoteIdent(name)} ${descending ? 'DESC' : 'ASC'}`)
    .join(', ');
}

function names(columns: readonly MsIndexColumn[]): string {
  return columns.map(({ name }) => quoteIdent(name)).join(', ');
}
