/**
 * What stands in FROM (test/conformance/sqlserver/changes: "SELECT id FROM nothing",
 * test/conformance/sqlserver/changes: "update and delete by an outer join",
 * test/conformance/sqlserver/locks: "READPAST passes over rows that another has locked").
 */
import { SqlError } from '../../backend.js';
import type { Name, TableSource } from '../../tsql/ast.js';
import type { TableInfo } from '../catalog-seam.js';
import { notModelled } from '../not-modelled.js';
import { commonOf } from '../types/common-type.js';
import { withCollation } from './compare.js';
import { printCondition } from './condition.js';
import type { PrintContext, Source, SourceColumn } from './context.js';
import { tableSource, within } from './context.js';
import { convert } from './convert.js';
import { printExpression } from './expression.js';
import type { Locking } from './hints.js';
import { locking } from './hints.js';
import type { PrintedQuery } from './query.js';
import { printQuery } from './query.js';

export interface PrintedSource {
  readonly sql: string;
  readonly sources: readonly Source[];
  /** FOR UPDATE OF … clauses of the tables in it. */
  readonly rowLocks: readonly string[];
}

type Of<Kind extends TableSource['kind']> = Extract<TableSource, { kind: Kind }>;

/** `beside`: sources to the left, which an APPLY may use. */
export function printSource(source: TableSource, context: PrintContext): PrintedSource {
  switch (source.kind) {
    case 'table':
      return printTable(source, context);
    case 'tableVariable':
      return named(source.name, source.alias, context);
    case 'derived': {
      const query = printQuery(source.query, { ...context, top: false });
      return derived(query, source.alias, source.columns, context);
    }
    case 'values':
      return printValues(source, context);
    case 'openJson':
      throw notModelled('OPENJSON');
    case 'join':
      return printJoin(source, context);
    case 'apply':
      return printApply(source, context);
    case 'function':
    case 'changes':
    case 'changeVersion':
      return printRowSource(source, context);
  }
}

function printTable({ name, alias, hints }: Of<'table'>, context: PrintContext): PrintedSource {
  const cte = name.length === 1 ? context.ctes.get((name[0] ?? '').toLowerCase()) : undefined;
  if (cte !== undefined) {
    const pg = context.statement.alias();
    const columns = cte.columns.map((column, at) => ({
      ...column,
      sql: `${pg}.c${String(at + 1)}`,
    }));
    const exposed = [alias ?? name[0] ?? ''];
    return { sql: `${cte.pg} AS ${pg}`, sources: [{ exposed, columns }], rowLocks: [] };
  }
  const table = lookUp(name, context);
  context.statement.uses.push({ right: 'SELECT', table });
  const pg = context.statement.alias();
  const exposed = alias === null ? [table.database.name, table.schema, table.name] : [alias];
  const locks = applyLocks(locking(hints), table, pg, context);
  const source = tableSource(exposed, pg, table.columns);
  return { sql: `${table.pg} AS ${pg}`, sources: [source], rowLocks: locks };
}

/** A table variable is a table whose name begins with @. */
function named(name: string, alias: string | null, context: PrintContext): PrintedSource {
  const table = lookUp([name], context);
  const pg = context.statement.alias();
  return {
    sql: `${table.pg} AS ${pg}`,
    sources: [tableSource([alias ?? name], pg, table.columns)],
    rowLocks: [],
  };
}

/** 208 for what is no table. */
export function lookUp(name: Name, { statement }: PrintContext): TableInfo {
  const table = statement.names.table(name);
  if (name[0]?.startsWith('@') === true && table === undefined) {
    throw new SqlError(1087, `Must declare the table variable "${name[0]}".`, { level: 15 });
  }
  if (table === undefined) throw new SqlError(208, `Invalid object name '${name.join('.')}'.`);
  return table;
}

export function applyLocks(
  { table: mode, rows }: Locking,
  table: TableInfo,
  pg: string,
  context: PrintContext,
): string[] {
  if (table.kind !== 'table') return [];
  if (mode !== null) context.statement.locks.add(`LOCK TABLE ${table.pg} IN ${mode} MODE`);
  if (rows === null || rows === 'READPAST') return [];
  if (context.top) return [rows.replace(/^(FOR \w+)/, `$1 OF ${pg}`)];
  // Not the outermost SELECT: PostgreSQL locks no rows there.
  context.statement.locks.add(`LOCK TABLE ${table.pg} IN SHARE ROW EXCLUSIVE MODE`);
  return [];
}

export function derived(
  query: PrintedQuery,
  alias: string,
  names: readonly string[] | null,
  context: PrintContext,
): PrintedSource {
  const pg = context.statement.alias();
  const columns: SourceColumn[] = query.columns.map((column, at) => ({
    ...column,
    name: names?.[at] ?? column.name,
    sql: `${pg}.c${String(at + 1)}`,
  }));
  const list = columns.map((_, at) => `c${String(at + 1)}`).join(', ');
  return {
    sql: `(${query.sql}) AS ${pg}(${list})`,
    sources: [{ exposed: [alias], columns }],
    rowLocks: [],
  };
}

function printValues(
  { rows, alias, columns: names }: Of<'values'>,
  context: PrintContext,
): PrintedSource {
  const printed = rows.map((row) => row.map((each) => printExpression(each, context)));
  const width = printed[0]?.length ?? 0;
  const types = Array.from({ length: width }, (_, at) =>
    commonOf(printed.flatMap((row) => (row[at] === undefined ? [] : [row[at]]))),
  );
  const lines = printed.map((row) => {
    const cells = row.map((cell, at) => withCollation(convert(cell, types[at] ?? cell.type)));
    return `(${cells.join(', ')})`;
  });
  const columns = types.map((type, at) => ({
    name: names[at] ?? '',
    type,
    nullable: printed.some((row) => row[at]?.nullable !== false),
  }));
  return derived(
    { sql: `VALUES ${lines.join(', ')}`, columns, assigned: null },
    alias,
    names,
    context,
  );
}

const JOINS = {
  inner: 'JOIN',
  left: 'LEFT JOIN',
  right: 'RIGHT JOIN',
  full: 'FULL JOIN',
  cross: 'CROSS JOIN',
};

function printJoin({ type, left, right, on }: Of<'join'>, context: PrintContext): PrintedSource {
  const a = printSource(left, context);
  const b = printSource(right, context);
  const sources = [
    ...optional(a, type === 'right' || type === 'full'),
    ...optional(b, type === 'left' || type === 'full'),
  ];
  const condition = on === null ? '' : ` ON ${printCondition(on, within(context, sources))}`;
  const rowLocks = [...a.rowLocks, ...b.rowLocks];
  return { sql: `(${a.sql} ${JOINS[type]} ${b.sql}${condition})`, sources, rowLocks };
}

/** The side that an outer join may leave empty. */
function optional({ sources }: PrintedSource, isOptional: boolean): Source[] {
  if (!isOptional) return [...sources];
  return sources.map((source) => ({
    ...source,
    columns: source.columns.map((column) => ({ ...column, nullable: true })),
  }));
}

function printApply({ outer, left, right }: Of<'apply'>, context: PrintContext): PrintedSource {
  const a = printSource(left, context);
  const b = printSource(right, within(context, a.sources));
  const word = outer ? 'LEFT JOIN LATERAL' : 'CROSS JOIN LATERAL';
  const sources = [...a.sources, ...optional(b, outer)];
  return {
    sql: `(${a.sql} ${word} ${b.sql}${outer ? ' ON true' : ''})`,
    sources,
    rowLocks: a.rowLocks,
  };
}

function printRowSource(
  source: Of<'function' | 'changes' | 'changeVersion'>,
  context: PrintContext,
): PrintedSource {
  const found = context.statement.names.rowSource(source);
  if (found === undefined) {
    if (source.kind !== 'function') throw notModelled('CHANGETABLE');
    // Without a schema it can only be one of SQL Server's own.
    if (source.name.length === 1) throw notModelled(`function ${source.name.join('.')} in FROM`);
    throw new SqlError(208, `Invalid object name '${source.name.join('.')}'.`);
  }
  const pg = context.statement.alias();
  const exposed = [source.alias ?? (source.kind === 'function' ? (source.name.at(-1) ?? '') : '')];
  const columns = found.columns.map((column, at) => ({
    ...column,
    name: source.columns?.[at] ?? column.name,
  }));
  return {
    sql: `(${found.sql}) AS ${pg}`,
    sources: [tableSource(exposed, pg, columns)],
    rowLocks: [],
  };
}
