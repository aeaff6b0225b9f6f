/**
 * sp_rename: of tables and other objects, and of columns. A module's text keeps the old name.
 * Needed by test/conformance/sqlserver/rename: "of a column keeps its number",
 * test/conformance/sqlserver/rename: "of a view changes its name, not its text" and
 * test/conformance/sqlserver/rename: "of a key renames its index too".
 */
import { SqlError } from '../../backend.js';
import type { ProcedureCall, SessionContext } from '../../engine/catalog-seam.js';
import { parseName } from '../../tsql/batch.js';
import type { Name } from '../../tsql/ast.js';
import { notModelled } from '../../tsql/cursor.js';
import { describe, findId } from '../lookup.js';
import type { Described } from '../lookup.js';
import { refuseExisting, touched } from '../objects.js';
import { Arguments } from './arguments.js';

export async function rename(context: SessionContext, call: ProcedureCall): Promise<void> {
  const args = new Arguments('sp_rename', call, ['@objname', '@newname', '@objtype']);
  const name = parseName(args.required('@objname')) ?? [args.required('@objname')];
  const next = args.required('@newname');
  const type = (args.text('@objtype') ?? 'OBJECT').toUpperCase();
  switch (type) {
    case 'OBJECT':
      await renameObject(context, name, next);
      break;
    case 'COLUMN':
      await renameColumn(context, name, next);
      break;
    default:
      throw notModelled(`sp_rename of a ${type}`);
  }
  context.info(
    new SqlError(
      15_477,
      'Caution: Changing any part of an object name could break scripts and stored procedures.',
      { level: 0 },
    ),
  );
}

async function renameObject(context: SessionContext, name: Name, next: string): Promise<void> {
  const row = await found(context, name, name.join('.'), 'object');
  await refuseBound(context, row);
  await refuseExisting(context, context.database, row.schema_id, next);
  await context.query('UPDATE ms.objects SET name = $2, key = ms.name_key(db, $2) WHERE id = $1', [
    row.id,
    next,
  ]);
  await context.query(
    `UPDATE ms.indexes SET name = $2, key = ms.name_key($3, $2) WHERE constraint_id = $1`,
    [row.id, next, row.db],
  );
  await touched(context, row.id);
}

async function refuseBound(context: SessionContext, row: Described): Promise<void> {
  const [bound] = await context.query(
    `SELECT FROM ms.dependencies AS d JOIN ms.modules AS m ON m.id = d.referencing WHERE d.referenced = $1 AND m.bound`,
    [row.id],
  );
  if (bound === undefined) return;
  throw new SqlError(
    15_336,
    `Object '${row.schema}.${row.name}' cannot be renamed because the object participates in enforced dependencies.`,
  );
}

async function renameColumn(context: SessionContext, name: Name, next: string): Promise<void> {
  const table = await found(context, name.slice(0, -1), name.join('.'), 'column');
  const changed = await context.query(
    `UPDATE ms.columns SET name = $2, key = ms.name_key($4, $2)
      WHERE object_id = $1 AND key = ms.name_key($4, $3) RETURNING id`,
    [table.id, next, name.at(-1) ?? '', table.db],
  );
  if (changed.length === 0) throw ambiguous(name.join('.'), 'column');
  await touched(context, table.id);
}

async function found(
  context: SessionContext,
  name: Name,
  text: string,
  kind: string,
): Promise<Described> {
  const id = name.length === 0 ? null : await findId(context, name);
  const row = id === null || id < 0 ? undefined : await describe(context, id);
  if (row === undefined) throw ambiguous(text, kind);
  return row;
}

function ambiguous(name: string, kind: string): SqlError {
  return new SqlError(
    15_225,
    `No item by the name of '${name}' could be found in the current database, given that @itemtype was input as '(${kind})'.`,
    { level: 11 },
  );
}
