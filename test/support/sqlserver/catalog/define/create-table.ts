/**
 * Tables, #temp tables and @tables. Needed by test/conformance/sqlserver/transactions: "rolls back
 * definitions too", test/conformance/sqlserver/calls: "a table variable lives as long as its batch"
 * and test/conformance/sqlserver/catalogue-meaning: "tells a system-versioned table (2)".
 */
import type { SessionContext } from '../../engine/catalog-seam.js';
import type { CreateTable, TableConstraint, TableElement } from '../../tsql/ast.js';
import { addObject, newPlace } from '../objects.js';
import { permitInDatabase, permitInSchema } from '../permissions.js';
import { addColumn, addIdentitySequence, constraintsOf } from './add-column.js';
import type { AddedColumn, TableTarget } from './add-column.js';
import { addConstraints } from './add-constraints.js';
import { addIndex } from './add-index.js';
import { findSpace, placeRows } from './data-spaces.js';
import { writeCompression } from './index-options.js';

/** CREATE TABLE and DECLARE @t TABLE. Answers with the object's number. */
export async function createTable(context: SessionContext, create: CreateTable): Promise<number> {
  const place = await newPlace(context, create.name);
  if (!place.temporary) {
    await permitInDatabase(context, place.database, 'CREATE TABLE');
    await permitInSchema(context, place);
  }
  const id = await addObject(context, place, { type: 'U' });
  const options = Object.fromEntries(create.options.map(({ name, value }) => [name, value]));
  await context.query('INSERT INTO ms.tables (id, options) VALUES ($1, $2)', [id, options]);
  const schema = place.temporary ? 'pg_temp' : `d${String(place.database.id)}`;
  const target: TableTarget = { id, place, pg: `${schema}.t${String(id)}`, columns: [] };
  await makeColumns(context, target, create.elements);
  const space = await findSpace(context, target, create.on);
  await placeRows(context, target, 0, space);
  await writeCompression(context, id, 0, create.options);
  await makeRest(context, target, create.elements);
  if (options.SYSTEM_VERSIONING === 'ON') await makeHistory(context, target, create);
  context.catalogChanged();
  return id;
}

/** The table that a system-versioned one leaves its former rows to; here none come. */
async function makeHistory(
  context: SessionContext,
  { id }: TableTarget,
  create: CreateTable,
): Promise<void> {
  const elements = create.elements.flatMap((element) =>
    element.kind === 'column' ? [{ ...element, identity: null, marks: {}, constraints: [] }] : [],
  );
  const name = [...create.name.slice(0, -1), `MSSQL_TemporalHistoryFor_${String(id)}`];
  const options = [{ name: 'AS', value: 'HISTORY', partitions: null }];
  const history = await createTable(context, { ...create, name, elements, options });
  await context.query(
    `UPDATE ms.tables SET options = options || jsonb_build_object('history', $2::integer) WHERE id = $1`,
    [id, history],
  );
}

async function makeColumns(
  context: SessionContext,
  target: TableTarget,
  elements: readonly TableElement[],
): Promise<void> {
  const keyed = primaryColumns(elements);
  const added: AddedColumn[] = [];
  // Computed columns may name columns that come after them.
  const columns = elements.filter((element) => element.kind === 'column');
  for (const isComputed of [false, true]) {
    for (const [index, column] of columns.entries()) {
      if ((column.computed !== null) !== isComputed) continue;
      const strict = keyed.has(column.name.toLowerCase());
      const one = await addColumn(context, target, column, index + 1, strict);
      added.push(one);
      target.columns.push(one.info);
    }
  }
  added.sort((a, b) => a.info.id - b.info.id);
  target.columns.sort((a, b) => a.id - b.id);
  const list = added.map(({ pgDefinition }) => pgDefinition).join(', ');
  const temporary = target.place.temporary ? 'TEMP ' : '';
  await context.query(`CREATE ${temporary}TABLE ${target.pg} (${list})`);
  for (const { info } of added) await addIdentitySequence(context, target, info);
}

async function makeRest(
  context: SessionContext,
  target: TableTarget,
  elements: readonly TableElement[],
): Promise<void> {
  const columns = elements.filter((element) => element.kind === 'column');
  const own = elements.filter((element) => isConstraint(element));
  await addConstraints(context, target, constraintsOf(columns, own), { check: true, isNew: true });
  for (const element of elements) {
    if (element.kind === 'index') await addIndex(context, target, element);
  }
}

function primaryColumns(elements: readonly TableElement[]): Set<string> {
  const columns = elements.filter((element) => element.kind === 'column');
  const all = constraintsOf(
    columns,
    elements.filter((element) => isConstraint(element)),
  );
  const primary = all.find((constraint) => constraint.kind === 'key' && constraint.primary);
  const named = primary?.kind === 'key' ? primary.columns : [];
  return new Set(named.map(({ name }) => name.toLowerCase()));
}

export function isConstraint(element: TableElement): element is TableConstraint {
  return element.kind !== 'column' && element.kind !== 'index';
}
