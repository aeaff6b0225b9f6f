/**
 * The table that a definition is about. Needed by test/conformance/sqlserver/definitions: "in use,
 * or of what is not there".
 */
import { SqlError } from '../../backend.js';
import type { SessionContext } from '../../engine/catalog-seam.js';
import type { Name } from '../../tsql/ast.js';
import type { Described } from '../lookup.js';
import { tableOf } from '../lookup.js';
import { findObject } from '../objects.js';
import { mayObject } from '../permissions.js';
import type { TableTarget } from './add-column.js';

/** The table that a definition changes; the error is the statement's own (1088, 4902, 4701 …). */
export async function tableTarget(
  context: SessionContext,
  name: Name,
  number = 4902,
): Promise<TableTarget> {
  const row = await findObject(context, name, 'U');
  const may =
    row !== undefined && (row.temporary || (await mayObject(context, row.db, row.id, 'ALTER')));
  if (row !== undefined && may) return targetOf(context, row);
  throw new SqlError(
    number,
    `Cannot find the object "${name.join('.')}" because it does not exist or you do not have permissions.`,
  );
}

export async function targetOf(context: SessionContext, row: Described): Promise<TableTarget> {
  const table = await tableOf(context, row);
  if (table === undefined) throw new Error('a table is described');
  const { database, schema, name, pg, columns } = table;
  const place = { database, schemaId: row.schema_id, schema, name, temporary: row.temporary };
  return { id: row.id, place, pg, columns: [...columns] };
}
