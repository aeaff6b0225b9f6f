/**
 * Keys and defaults; checks and foreign keys have files of their own. Needed by
 * test/conformance/sqlserver/catalogue-meaning: "have definitions in brackets",
 * test/conformance/sqlserver/nulls-and-numbers: "is one value to GROUP BY, DISTINCT, EXCEPT and a
 * unique key" and test/conformance/sqlserver/definitions: "ADD gives the rows the default of a NOT
 * NULL column".
 */
import { SqlError } from '../../backend.js';
import type { SessionContext } from '../../engine/catalog-seam.js';
import type { KeyConstraint, TableConstraint } from '../../tsql/ast.js';
import { expressionText } from '../definition-text.js';
import { addCheck } from './add-check.js';
import type { TableTarget } from './add-column.js';
import { setDefault } from './add-column.js';
import { addForeignKey } from './add-foreign-key.js';
import { addIndex, columnOf } from './add-index.js';
import type { Adding } from './constraint-object.js';
import { constraintObject } from './constraint-object.js';
import { expressionDependencies } from './dependencies.js';

/** Keys before what may refer to them; defaults first, since a table may get rows by them. */
export async function addConstraints(
  context: SessionContext,
  table: TableTarget,
  constraints: readonly TableConstraint[],
  adding: Adding,
): Promise<void> {
  const order = { defaultConstraint: 0, key: 1, check: 2, foreignKey: 3 };
  const sorted = [...constraints].sort(
    (a, b) => order[a.kind] - order[b.kind] || clusteredFirst(a, b),
  );
  for (const constraint of sorted) await addConstraint(context, table, constraint, adding);
}

function clusteredFirst(a: TableConstraint, b: TableConstraint): number {
  if (a.kind !== 'key' || b.kind !== 'key') return 0;
  return Number(isClustered(b, [a, b])) - Number(isClustered(a, [a, b]));
}

async function addConstraint(
  context: SessionContext,
  table: TableTarget,
  constraint: TableConstraint,
  adding: Adding,
): Promise<void> {
  switch (constraint.kind) {
    case 'defaultConstraint':
      await addDefault(context, table, constraint);
      return;
    case 'key':
      await addKey(context, table, constraint);
      return;
    case 'check':
      await addCheck(context, table, constraint, adding);
      return;
    case 'foreignKey':
      await addForeignKey(context, table, constraint, adding);
  }
}

async function addKey(
  context: SessionContext,
  table: TableTarget,
  key: KeyConstraint,
): Promise<void> {
  if (key.primary) await checkPrimary(context, table, key);
  const { id, name } = await constraintObject(context, table, key.name, key.primary ? 'PK' : 'UQ');
  const clustered = await takesClustered(context, table, key);
  const { columns, options, on } = key;
  const shape = { name, unique: true, clustered, columnstore: false, columns, options, on };
  await addIndex(
    context,
    table,
    { ...shape, include: [], where: null },
    { objectId: id, primary: key.primary },
  );
}

/** A primary key that does not say is clustered unless something else is. */
async function takesClustered(
  context: SessionContext,
  table: TableTarget,
  key: KeyConstraint,
): Promise<boolean> {
  if (key.clustered !== null || !key.primary) return key.clustered ?? false;
  const [row] = await context.query('SELECT FROM ms.indexes WHERE object_id = $1 AND id = 1', [
    table.id,
  ]);
  return row === undefined;
}

function isClustered(key: KeyConstraint, others: readonly KeyConstraint[]): boolean {
  if (key.clustered !== null) return key.clustered;
  return key.primary && !others.some((other) => other.clustered === true);
}

async function checkPrimary(
  context: SessionContext,
  table: TableTarget,
  key: KeyConstraint,
): Promise<void> {
  const [row] = await context.query('SELECT FROM ms.indexes WHERE object_id = $1 AND is_primary', [
    table.id,
  ]);
  if (row !== undefined) {
    throw new SqlError(
      1779,
      `Table '${table.place.name}' already has a primary key defined on it.`,
      { state: 0 },
    );
  }
  const nullable = key.columns.some(({ name }) => columnOf(table, name).nullable);
  if (!nullable) return;
  throw new SqlError(
    8111,
    `Cannot define PRIMARY KEY constraint on nullable column in table '${table.place.name}'.`,
  );
}

async function addDefault(
  context: SessionContext,
  table: TableTarget,
  constraint: Extract<TableConstraint, { kind: 'defaultConstraint' }>,
): Promise<void> {
  const column = columnOf(table, constraint.column);
  if (column.default !== undefined || column.identity !== undefined) {
    throw new SqlError(1781, 'Column already has a DEFAULT bound to it.');
  }
  const { id } = await constraintObject(context, table, constraint.name, 'D', column.name);
  const printed = await context.printExpression(constraint.expression, []);
  const where = `table '${table.place.database.name}.${table.place.schema}.${table.place.name}', column '${column.name}'`;
  const sql = context.assign(printed, column.type, where);
  const definition = expressionText(constraint.expression);
  await context.query(
    'INSERT INTO ms.definitions (id, column_id, definition) VALUES ($1, $2, $3)',
    [id, column.id, definition],
  );
  await expressionDependencies(context, id, definition);
  await context.query(
    'UPDATE ms.columns SET default_id = $1, default_sql = $2 WHERE object_id = $3 AND id = $4',
    [id, sql, table.id, column.id],
  );
  await setDefault(context, table.pg, column.pg, sql);
  const at = table.columns.indexOf(column);
  table.columns[at] = { ...column, default: sql };
  context.catalogChanged();
}
