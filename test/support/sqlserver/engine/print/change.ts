/**
 * UPDATE and DELETE. Where the changed table stands alone or among inner joins it becomes
 * PostgreSQL's own form, which sees what concurrent transactions did to a row it waited for. In
 * outer joins, applies and with TOP the rows are found and locked first, by their place (ctid).
 * test/conformance/sqlserver/changes: "update and delete by an outer join",
 * test/conformance/sqlserver/changes: "TOP (1) touches one row",
 * test/conformance/sqlserver/changes: "delete through a CTE".
 */
import { SqlError } from '../../backend.js';
import type { Cte, Delete, TableSource, Update } from '../../tsql/ast.js';
import type { TableInfo } from '../catalog-seam.js';
import { notModelled } from '../not-modelled.js';
import { isCalled } from './columns.js';
import { printCondition } from './condition.js';
import type { PrintContext, Source } from './context.js';
import { tableSource, within } from './context.js';
import { joined } from './flatten.js';
import type { PrintedChange } from './output.js';
import { withOutput } from './output.js';
import { checkOptions, printQuery, printTop, printWith } from './query.js';
import { printAssignments } from './set.js';
import type { PrintedSource } from './sources.js';
import { lookUp, printSource } from './sources.js';
import { columnOf, useTable } from './target.js';

type Change = Update | Delete;

export function printChange(change: Change, context: PrintContext): PrintedChange {
  checkOptions(change.options);
  const through = cteOf(change);
  if (through !== null) return deleteThrough(change, through, context);
  const { prefix, inner } = printWith(change.with, { ...context, top: false });
  const place = findTarget(change, inner);
  const right = change.kind === 'update' ? 'UPDATE' : 'DELETE';
  useTable(place.table, change.target, right, inner, columnsSet(change, place.table));
  const flat = change.top === null ? joined(change.from, place.source) : null;
  const printed =
    flat === null ? byPlace(change, place, inner) : direct(change, place, flat, inner);
  const outputs = withOutput(
    prefix,
    printed.sql,
    change.outputs,
    place.table,
    printed.others,
    inner,
  );
  if (printed.variables.length === 0) return outputs;
  if (change.outputs.length > 0) throw notModelled('SET @variable beside OUTPUT');
  return {
    sql: `${outputs.sql} RETURNING ${printed.variables.map(({ sql }) => sql).join(', ')}`,
    columns: printed.variables.map(({ column }) => column),
    assigned: printed.variables.map(({ name }) => name),
  };
}

function columnsSet(change: Change, table: TableInfo): number[] {
  if (change.kind === 'delete') return [];
  return change.set.flatMap(({ column }) =>
    column === null ? [] : [columnOf(table, column.at(-1) ?? '').id],
  );
}

/** The common table expression that a change names as its target. */
function cteOf({ target, with: ctes, from }: Change): Cte | null {
  if (target.kind !== 'table' || from.length > 0) return null;
  const name = target.name.at(-1)?.toLowerCase();
  return ctes.find((cte) => cte.name.toLowerCase() === name) ?? null;
}

function deleteThrough(change: Change, cte: Cte, context: PrintContext): PrintedChange {
  const { body } = cte.query;
  const [source] = body.kind === 'select' ? body.from : [];
  if (change.kind === 'update' || change.with.length > 1 || source?.kind !== 'table') {
    throw notModelled('a change through a CTE that is not a DELETE from one table');
  }
  const table = lookUp(source.name, context);
  useTable(table, change.target, 'DELETE', context);
  const query = printQuery(cte.query, { ...context, top: false, places: true });
  const [pg, changed] = [context.statement.alias(), context.statement.alias()];
  const columns = query.columns.map((column, at) => ({
    ...column,
    name: cte.columns?.[at] ?? column.name,
    sql: `${pg}.c${String(at + 1)}`,
  }));
  const inner = within(context, [{ exposed: [cte.name], columns }]);
  const where = change.where === null ? '' : ` AND ${printCondition(change.where, inner)}`;
  const sql = `DELETE FROM ${table.pg} AS ${changed} USING (${query.sql}) AS ${pg} WHERE ${changed}.ctid = ${pg}.place${where}`;
  return withOutput('', sql, change.outputs, table, [], context);
}

interface Place {
  readonly table: TableInfo;
  readonly exposed: readonly string[];
  /** The node in FROM that is the target; null where there is no FROM. */
  readonly source: TableSource | null;
}

function findTarget({ target, from }: Change, context: PrintContext): Place {
  if (target.kind === 'tableVariable') {
    return { table: lookUp([target.name], context), exposed: [target.name], source: null };
  }
  const { name } = target;
  const found = from.flatMap(tables).filter((each) => isNamed(each, name));
  const [source] = found;
  if (source !== undefined) {
    const table = lookUp(source.name, context);
    return { table, exposed: source.alias === null ? whole(table) : [source.alias], source };
  }
  if (context.ctes.has((name.at(-1) ?? '').toLowerCase()))
    throw notModelled('a change through a CTE');
  const table = lookUp(name, context);
  if (from.length > 0) throw notModelled('a change of a table that is not in FROM');
  return { table, exposed: whole(table), source: null };
}

function whole({ database, schema, name }: TableInfo): string[] {
  return [database.name, schema, name];
}

type TableNode = Extract<TableSource, { kind: 'table' }>;

function tables(source: TableSource): TableNode[] {
  if (source.kind === 'table') return [source];
  if (source.kind === 'join' || source.kind === 'apply')
    return [source.left, source.right].flatMap(tables);
  return [];
}

function isNamed(source: TableNode, name: readonly string[]): boolean {
  const exposed = source.alias === null ? source.name : [source.alias];
  if (source.alias !== null && name.length > 1) return false;
  return isCalled({ exposed, columns: [] }, name);
}

interface PrintedRows {
  readonly sql: string;
  readonly others: readonly Source[];
  readonly variables: ReturnType<typeof printAssignments>['variables'];
}

function direct(
  change: Change,
  place: Place,
  flat: NonNullable<ReturnType<typeof joined>>,
  context: PrintContext,
): PrintedRows {
  const pg = context.statement.alias();
  const own = tableSource(place.exposed, pg, place.table.columns);
  const printed = flat.others.map((source) => printSource(source, context));
  const others = printed.flatMap(({ sources }) => sources);
  const inner = within(context, [own, ...others]);
  const conditions = flat.conditions.map((each) => printCondition(each, inner));
  if (change.where !== null) conditions.push(printCondition(change.where, inner));
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const list = printed.map(({ sql }) => sql).join(', ');
  if (change.kind === 'delete') {
    const using = list === '' ? '' : ` USING ${list}`;
    return { sql: `DELETE FROM ${place.table.pg} AS ${pg}${using}${where}`, others, variables: [] };
  }
  const { sets, variables } = printAssignments(change.set, place.table, inner);
  const from = list === '' ? '' : ` FROM ${list}`;
  const assignments = sets.map(({ column, sql }) => `${column} = ${sql}`).join(', ');
  return {
    sql: `UPDATE ${place.table.pg} AS ${pg} SET ${assignments}${from}${where}`,
    others,
    variables,
  };
}

function alone({ table, exposed }: Place, context: PrintContext): PrintedSource {
  const pg = context.statement.alias();
  const sources = [tableSource(exposed, pg, table.columns)];
  return { sql: `${table.pg} AS ${pg}`, sources, rowLocks: [] };
}

function byPlace(change: Change, place: Place, context: PrintContext): PrintedRows {
  const { table } = place;
  const printed =
    change.from.length === 0
      ? [alone(place, context)]
      : change.from.map((each) => printSource(each, context));
  const sources = printed.flatMap((each) => each.sources);
  const own = sources.find((each) => isCalled(each, place.exposed));
  const pg = own?.columns[0]?.sql.split('.')[0];
  if (pg === undefined) throw new SqlError(208, `Invalid object name '${table.name}'.`);
  const inner = within(context, sources);
  const set =
    change.kind === 'update'
      ? printAssignments(change.set, table, inner)
      : { sets: [], variables: [] };
  const items = [
    `${pg}.ctid AS place`,
    ...set.sets.map(({ sql }, at) => `${sql} AS v${String(at + 1)}`),
  ];
  const where = change.where === null ? '' : ` WHERE ${printCondition(change.where, inner)}`;
  const list = printed.map(({ sql }) => sql).join(', ');
  const limit = printTop(change.top, context);
  const rows = `SELECT ${items.join(', ')} FROM ${list}${where} ${limit} FOR UPDATE OF ${pg}`;
  const [changed, found] = [context.statement.alias(), context.statement.alias()];
  const match = `WHERE ${changed}.ctid = ${found}.place`;
  if (change.kind === 'delete') {
    const sql = `DELETE FROM ${table.pg} AS ${changed} USING (${rows}) AS ${found} ${match}`;
    return { sql, others: [], variables: [] };
  }
  const assignments = set.sets.map(({ column }, at) => `${column} = ${found}.v${String(at + 1)}`);
  const sql = `UPDATE ${table.pg} AS ${changed} SET ${assignments.join(', ')} FROM (${rows}) AS ${found} ${match}`;
  return { sql, others: [], variables: set.variables };
}
