/**
 * ALTER TABLE: who does it, and what a new column gives the rows. Needed by
 * test/conformance/sqlserver/definitions: "ADD gives the rows the default of a NOT NULL column" and
 * test/conformance/sqlserver/change-data-capture: "does not learn of a new column".
 */
import type { ColumnInfo, SessionContext } from '../../engine/catalog-seam.js';
import type {
  AlterTable,
  AlterTableAction,
  ColumnDefinition,
  TableElement,
} from '../../tsql/ast.js';
import { SqlError } from '../../backend.js';
import { notModelled } from '../../tsql/cursor.js';
import type { Feeds } from '../feeds-seam.js';
import { touched } from '../objects.js';
import { switchPartition } from '../partitions/switch.js';
import { addColumn, addIdentitySequence, constraintsOf } from './add-column.js';
import type { TableTarget } from './add-column.js';
import { addConstraints } from './add-constraints.js';
import { addIndex } from './add-index.js';
import { alterColumn } from './alter-column.js';
import { isConstraint } from './create-table.js';
import { dropItems } from './drop-column.js';
import { enforce } from './enforce.js';
import { tableTarget } from './table-target.js';
import { trackTable } from './tracking.js';

export async function alterTable(
  context: SessionContext,
  { table: name, action }: AlterTable,
  feeds: Feeds,
  text: string,
): Promise<void> {
  const table = await tableTarget(context, name);
  await alter(context, table, action, feeds);
  await touched(context, table.id);
  const changesColumns = ['add', 'drop', 'alterColumn'].includes(action.kind);
  if (changesColumns) await feeds.tableChanged(context, table.id, text);
}

async function alter(
  context: SessionContext,
  table: TableTarget,
  action: AlterTableAction,
  feeds: Feeds,
): Promise<void> {
  switch (action.kind) {
    case 'add':
      return addElements(context, table, action.elements, action.withCheck ?? true);
    case 'drop':
      return dropItems(context, table, action.items);
    case 'alterColumn':
      return alterColumn(context, table, action);
    case 'enforce':
      return enforce(context, table, action);
    case 'changeTracking':
      return trackTable(context, table, action, feeds);
    case 'switch':
      return switchPartition(context, table, action, feeds);
    default:
      throw notModelled(`${action.kind} of ALTER TABLE`);
  }
}

/** A new NOT NULL column needs a default where there are rows (4901). */
async function addElements(
  context: SessionContext,
  table: TableTarget,
  elements: readonly TableElement[],
  check: boolean,
): Promise<void> {
  const columns = elements.filter((element) => element.kind === 'column');
  for (const column of columns) await addOne(context, table, column);
  const own = elements.filter((element) => isConstraint(element));
  await addConstraints(context, table, constraintsOf(columns, own), { check, isNew: false });
  for (const column of columns) await fill(context, table, column);
  for (const element of elements) {
    if (element.kind === 'index') await addIndex(context, table, element);
  }
}

async function addOne(
  context: SessionContext,
  table: TableTarget,
  column: ColumnDefinition,
): Promise<void> {
  const [row] = await context.query<{ id: number }>(
    'SELECT coalesce(max(id), 0) + 1 AS id FROM ms.columns WHERE object_id = $1',
    [table.id],
  );
  const keyed = column.constraints.some((each) => each.kind === 'key' && each.primary);
  const { info, pgDefinition } = await addColumn(context, table, column, row?.id ?? 1, keyed);
  // NOT NULL waits until the rows have their value.
  const loose = pgDefinition.replace(/ NOT NULL$/, '');
  await context.query(`ALTER TABLE ${table.pg} ADD COLUMN ${loose}`);
  await addIdentitySequence(context, table, info);
  table.columns.push(info);
}

async function fill(
  context: SessionContext,
  table: TableTarget,
  column: ColumnDefinition,
): Promise<void> {
  const info = table.columns.find(({ name }) => name === column.name);
  if (info === undefined || info.computed === true) return;
  const value = valueForRows(info, column);
  if (value !== null) await context.query(`UPDATE ${table.pg} SET ${info.pg} = ${value}`);
  if (info.nullable) return;
  const [row] = await context.query(`SELECT FROM ${table.pg} WHERE ${info.pg} IS NULL LIMIT 1`);
  if (row !== undefined) throw needsDefault(table, column.name);
  await context.query(`ALTER TABLE ${table.pg} ALTER COLUMN ${info.pg} SET NOT NULL`);
}

/** Rows get the default of a NOT NULL column, or of one WITH VALUES; identity and rowversion always. */
function valueForRows(info: ColumnInfo, column: ColumnDefinition): string | null {
  if (info.identity !== undefined) return `nextval('${info.identity.sequence}')`;
  const withValues = column.constraints.some(
    (each) => each.kind === 'defaultConstraint' && each.withValues,
  );
  const wanted = !info.nullable || withValues;
  return wanted ? (info.default ?? null) : null;
}

function needsDefault(table: TableTarget, name: string): SqlError {
  return new SqlError(
    4901,
    `ALTER TABLE only allows columns to be added that can contain nulls, or have a DEFAULT definition specified, or the column being added is an identity or timestamp column, or alternatively if none of the previous conditions are satisfied the table must be empty to allow addition of this column. Column '${name}' cannot be added to non-empty table '${table.place.name}' because it does not satisfy these conditions.`,
  );
}
