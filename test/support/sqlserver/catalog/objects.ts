/**
 * Rows of ms.objects: where a new one goes, what an existing one is. Needed by
 * test/conformance/sqlserver/definitions: "in use, or of what is not there" and
 * test/conformance/sqlserver/definitions: "that the server made up is told from a given one".
 */
import { randomBytes } from 'node:crypto';
import { SqlError } from '../backend.js';
import type { DatabaseInfo, SessionContext } from '../engine/catalog-seam.js';
import type { Name } from '../tsql/ast.js';
import { databaseOf, describe, findDatabase, findId } from './lookup.js';
import type { Described } from './lookup.js';

export interface Place {
  readonly database: DatabaseInfo;
  readonly schemaId: number;
  readonly schema: string;
  readonly name: string;
  readonly temporary: boolean;
}

/** Where a new object of that name stands. Throws 2760 without the schema, 2714 for a name in use. */
export async function newPlace(context: SessionContext, name: Name): Promise<Place> {
  const last = name.at(-1) ?? '';
  if (last.startsWith('##')) throw new SqlError(99_999, 'not modelled: global temporary tables');
  if (last.startsWith('#') || last.startsWith('@')) {
    return temporaryPlace(context, last);
  }
  const database = await databaseOf(context, name);
  const { id, schema } = await findSchema(context, database, name.at(-2) ?? '');
  await refuseExisting(context, database, id, last);
  return { database, schemaId: id, schema, name: last, temporary: false };
}

/** A #temp table has tempdb's collation, a @table that of the session's database. */
async function temporaryPlace(context: SessionContext, name: string): Promise<Place> {
  const tempdb = await findDatabase(context, 'tempdb');
  const { collation } = name.startsWith('#') ? tempdb : context.database;
  const database = { ...tempdb, collation };
  return { database, schemaId: 1, schema: 'dbo', name, temporary: true };
}

export async function findSchema(
  context: SessionContext,
  database: DatabaseInfo,
  name: string,
): Promise<{ id: number; schema: string }> {
  const [row] = await context.query<{ id: number; schema: string }>(
    `SELECT s.id, s.name AS schema FROM ms.schemas AS s
      WHERE s.db = $1 AND s.id = ms.schema_id($1, coalesce(nullif($2, ''), ms.default_schema($1)))`,
    [database.id, name],
  );
  if (row !== undefined) return row;
  throw new SqlError(
    2760,
    `The specified schema name "${name}" either does not exist or you do not have permission to use it.`,
  );
}

export async function refuseExisting(
  context: SessionContext,
  database: DatabaseInfo,
  schemaId: number,
  name: string,
): Promise<void> {
  const [row] = await context.query(
    `SELECT FROM ms.objects WHERE db = $1 AND schema_id = $2 AND spid IS NULL AND key = ms.name_key($1, $3)`,
    [database.id, schemaId, name],
  );
  if (row === undefined) return;
  throw new SqlError(2714, `There is already an object named '${name}' in the database.`, {
    state: 6,
  });
}

export interface NewObject {
  readonly type:
    'U' | 'V' | 'P' | 'FN' | 'IF' | 'TF' | 'TR' | 'PK' | 'UQ' | 'C' | 'D' | 'F' | 'SO' | 'SP';
  readonly parent?: number;
  readonly systemNamed?: boolean;
}

export async function addObject(
  context: SessionContext,
  place: Place,
  { type, parent = 0, systemNamed = false }: NewObject,
): Promise<number> {
  const { database, schemaId, name, temporary } = place;
  const [row] = await context.query<{ id: number }>(
    `INSERT INTO ms.objects (db, id, schema_id, name, key, type, parent, system_named, spid, scope)
     VALUES ($1, nextval('ms.object_ids'), $2, $3, ms.name_key($1, $3), $4, $5, $6,
       CASE WHEN $7::integer IS NOT NULL THEN ms.spid() END, $7) RETURNING id`,
    [database.id, schemaId, name, type, parent, systemNamed, temporary ? context.scope : null],
  );
  if (row === undefined) throw new Error('an object was not written');
  return row.id;
}

/** The name that SQL Server makes up: `PK__Employee__1A2B3C4D5E6F7081`. */
export function madeUpName(prefix: string, ...parts: readonly string[]): string {
  const cut = parts.map((part) => part.slice(0, parts.length > 1 ? 5 : 8));
  const size = prefix === 'PK' || prefix === 'UQ' ? 8 : 4;
  return [prefix, ...cut, randomBytes(size).toString('hex').toUpperCase()].join('__');
}

/** An existing object of one of these types, or nothing. */
export async function findObject(
  context: SessionContext,
  name: Name,
  ...types: readonly string[]
): Promise<Described | undefined> {
  await databaseOf(context, name);
  const id = await findId(context, name);
  if (id === null || id < 0) return undefined;
  const row = await describe(context, id);
  return row !== undefined && types.includes(row.type.trim()) ? row : undefined;
}

export async function touched(context: SessionContext, objectId: number): Promise<void> {
  await context.query('UPDATE ms.objects SET modified = ss.now() WHERE id = $1', [objectId]);
  context.catalogChanged();
}
