import type { TableModel } from '../../contract/schema.js';
import { fromNeutral } from './from-neutral.js';
import { PgTable } from './model.js';

const made = new WeakMap<TableModel, PgTable>();

/**
 * The engine's own model inside a shared one; a table of another engine becomes one.
 *
 * @throws SluiceError TYPE_UNSUPPORTED when another engine's table has a column that cannot be held
 */
export function nativeTable(model: TableModel): PgTable {
  if (model.native instanceof PgTable) return model.native;
  const known = made.get(model);
  if (known !== undefined) return known;
  const table = fromNeutral(model);
  made.set(model, table);
  return table;
}
