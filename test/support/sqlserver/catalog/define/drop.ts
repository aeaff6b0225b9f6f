/**
 * DROP of anything that has a name of its own. Needed by test/conformance/sqlserver/definitions:
 * "is not dropped: a schema by what is in it" and test/conformance/sqlserver/definitions: "is not
 * dropped: a table by a foreign key (3726), by a bound view (3729), a type".
 */
import { SqlError } from '../../backend.js';
import type { SessionContext } from '../../engine/catalog-seam.js';
import type { Definition, DropType, Name } from '../../tsql/ast.js';
import { notModelled } from '../../tsql/cursor.js';
import type { Feeds } from '../feeds-seam.js';
import type { Described } from '../lookup.js';
import { databaseOf } from '../lookup.js';
import { findObject } from '../objects.js';
import { mayObject } from '../permissions.js';
import { dropDatabase } from './databases.js';
import { dropTable } from './drop-table.js';
import { dropLogin } from './security.js';

type Drop = Extract<Definition, { kind: 'drop' }>;

const TYPES: Readonly<Partial<Record<DropType, readonly string[]>>> = {
  table: ['U'],
  view: ['V'],
  procedure: ['P'],
  function: ['FN', 'IF', 'TF'],
  trigger: ['TR'],
  sequence: ['SO'],
};

export async function drop(
  context: SessionContext,
  { type, names, ifExists }: Drop,
  feeds: Feeds,
  text: string,
): Promise<void> {
  for (const name of names) {
    const gone = await dropOne(context, type, name, feeds, text);
    if (!gone && !ifExists) throw missing(type, name);
  }
  context.catalogChanged();
}

async function dropOne(
  context: SessionContext,
  type: DropType,
  name: Name,
  feeds: Feeds,
  text: string,
): Promise<boolean> {
  const last = name.at(-1) ?? '';
  switch (type) {
    case 'database':
      return dropDatabase(context, last);
    case 'schema':
      return dropSchema(context, last);
    case 'type':
      return dropType(context, name);
    case 'login':
      return dropLogin(context, last);
    default:
      return dropObject(context, type, name, feeds, text);
  }
}

async function dropObject(
  context: SessionContext,
  type: DropType,
  name: Name,
  feeds: Feeds,
  text: string,
): Promise<boolean> {
  const types = TYPES[type];
  if (types === undefined) throw notModelled(`DROP of a ${type}`);
  const row = await findObject(context, name, ...types);
  if (row === undefined) return false;
  if (!row.temporary && !(await mayObject(context, row.db, row.id, 'ALTER'))) return false;
  if (row.type.trim() === 'U') await dropTable(context, row, feeds, text);
  else await forgetObject(context, row);
  return true;
}

async function forgetObject(context: SessionContext, row: Described): Promise<void> {
  if (row.type.trim() === 'SO') {
    await context.query(`DROP SEQUENCE d${String(row.db)}.s${String(row.id)}`);
  }
  for (const from of ['modules', 'sequences', 'objects']) {
    await context.query(`DELETE FROM ms.${from} WHERE id = $1`, [row.id]);
  }
  await context.query('DELETE FROM ms.dependencies WHERE referencing = $1', [row.id]);
  await context.query('DELETE FROM ms.properties WHERE class = 1 AND major_id = $1', [row.id]);
  await context.query('DELETE FROM ms.permissions WHERE class = 1 AND major_id = $1', [row.id]);
}

async function dropSchema(context: SessionContext, name: string): Promise<boolean> {
  const { id: db } = context.database;
  const [row] = await context.query<{ id: number; object: string | null }>(
    `SELECT s.id, (SELECT min(o.name) FROM ms.objects AS o WHERE o.db = s.db AND o.schema_id = s.id AND o.spid IS NULL) AS object
       FROM ms.schemas AS s WHERE s.db = $1 AND s.id = ms.schema_id($1, $2)`,
    [db, name],
  );
  if (row === undefined) return false;
  if (row.object !== null) {
    throw new SqlError(
      3729,
      `Cannot drop schema '${name}' because it is being referenced by object '${row.object}'.`,
    );
  }
  await context.query('DELETE FROM ms.schemas WHERE db = $1 AND id = $2', [db, row.id]);
  return true;
}

async function dropType(context: SessionContext, name: Name): Promise<boolean> {
  const database = await databaseOf(context, name);
  const [row] = await context.query<{ id: number; column: string | null }>(
    `SELECT t.id, (SELECT min(c.name) FROM ms.columns AS c JOIN ms.objects AS o ON o.id = c.object_id
        WHERE o.db = t.db AND c.alias = t.id) AS column
       FROM ms.types AS t WHERE t.db = $1 AND t.key = ms.name_key($1, $2)
        AND t.schema_id = ms.schema_id($1, coalesce(nullif($3, ''), ms.default_schema($1)))`,
    [database.id, name.at(-1) ?? '', name.at(-2) ?? ''],
  );
  if (row === undefined) return false;
  if (row.column !== null) {
    throw new SqlError(
      3732,
      `Cannot drop type '${name.join('.')}' because it is being referenced by object '${row.column}'. There may be other objects that reference this type.`,
    );
  }
  await context.query('DELETE FROM ms.types WHERE db = $1 AND id = $2', [database.id, row.id]);
  return true;
}

function missing(type: DropType, name: Name): SqlError {
  const number = type === 'login' ? 15_151 : 3701;
  return new SqlError(
    number,
    `Cannot drop the ${type} '${name.join('.')}', because it does not exist or you do not have permission.`,
    { level: number === 3701 ? 11 : 16, state: number === 3701 ? 5 : 1 },
  );
}
