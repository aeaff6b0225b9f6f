/**
 * Schemas, alias types, sequences and security policies. Needed by
 * test/conformance/sqlserver/definitions: "TRANSFER takes the rows, indexes and constraints",
 * test/conformance/sqlserver/catalogue-meaning: "count: a sequence goes on from where RESTART WITH"
 * and test/conformance/sqlserver/catalogue-meaning: "hide rows: policies, by the tables".
 */
import { SqlError } from '../../backend.js';
import type { SessionContext } from '../../engine/catalog-seam.js';
import type { Definition, SequenceDefinition } from '../../tsql/ast.js';
import { notModelled } from '../../tsql/cursor.js';
import { databaseOf } from '../lookup.js';
import {
  addObject,
  findObject,
  findSchema,
  newPlace,
  refuseExisting,
  touched,
} from '../objects.js';
import { permitInDatabase } from '../permissions.js';
import { columnType } from './column-type.js';
import { tableTarget } from './table-target.js';

type Of<K extends Definition['kind']> = Extract<Definition, { kind: K }>;

export async function createSchema(
  context: SessionContext,
  { name, owner }: Of<'createSchema'>,
): Promise<void> {
  const { database } = context;
  await permitInDatabase(context, database, 'CREATE SCHEMA');
  const [existing] = await context.query('SELECT WHERE ms.schema_id($1, $2) IS NOT NULL', [
    database.id,
    name,
  ]);
  if (existing !== undefined) {
    throw new SqlError(2714, `There is already an object named '${name}' in the database.`, {
      state: 6,
    });
  }
  await context.query(
    `INSERT INTO ms.schemas (db, id, name, key, owner)
     SELECT $1, nextval('ms.local_ids'), $2, ms.name_key($1, $2),
       coalesce(ms.principal_id($1, $3), ms.principal_id($1, ms.user_name($1)::text), 1)`,
    [database.id, name, owner],
  );
  context.catalogChanged();
}

export async function transferObject(
  context: SessionContext,
  { schema, object }: Of<'transferObject'>,
): Promise<void> {
  const row = await findObject(context, object, 'U', 'V', 'P', 'FN', 'IF', 'TF', 'SO');
  if (row === undefined) {
    throw new SqlError(
      15_151,
      `Cannot find the object '${object.join('.')}', because it does not exist or you do not have permission.`,
    );
  }
  const to = await findSchema(context, context.database, schema);
  await refuseExisting(context, context.database, to.id, row.name);
  await context.query('UPDATE ms.objects SET schema_id = $2 WHERE id = $1 OR parent = $1', [
    row.id,
    to.id,
  ]);
  await touched(context, row.id);
}

export async function createType(
  context: SessionContext,
  { name, from, nullable, assembly }: Of<'createType'>,
): Promise<void> {
  const database = await databaseOf(context, name);
  const schema = await findSchema(context, database, name.at(-2) ?? '');
  const last = name.at(-1) ?? '';
  const { type } = await columnType(context, database, from, null);
  const [existing] = await context.query(
    'SELECT FROM ms.types WHERE db = $1 AND schema_id = $2 AND key = ms.name_key($1, $3)',
    [database.id, schema.id, last],
  );
  if (existing !== undefined) {
    throw new SqlError(
      219,
      `The type '${name.join('.')}' already exists, or you do not have permission to create it.`,
    );
  }
  await context.query(
    `INSERT INTO ms.types (db, id, schema_id, name, key, base, length, precision, scale, coll, nullable, assembly)
     SELECT $1, nextval('ms.local_ids'), $2, $3, ms.name_key($1, $3), $4, $5, $6, $7, $8, $9, $10`,
    [
      database.id,
      schema.id,
      last,
      type.name,
      type.length,
      type.precision,
      type.scale,
      type.collation,
      nullable ?? true,
      assembly,
    ],
  );
  context.catalogChanged();
}

/** What the catalogue says of it: it filters no row here. */
export async function createSecurityPolicy(
  context: SessionContext,
  { name, targets, enabled }: Of<'createSecurityPolicy'>,
): Promise<void> {
  const place = await newPlace(context, name);
  const id = await addObject(context, place, { type: 'SP' });
  for (const target of targets) {
    const table = await tableTarget(context, target, 208);
    await context.query('INSERT INTO ms.policies (id, target, enabled) VALUES ($1, $2, $3)', [
      id,
      table.id,
      enabled,
    ]);
  }
  context.catalogChanged();
}

const LIMITS: Readonly<Record<string, readonly [string, string]>> = {
  tinyint: ['0', '255'],
  smallint: ['-32768', '32767'],
  int: ['-2147483648', '2147483647'],
  bigint: ['-9223372036854775808', '9223372036854775807'],
};

export async function createSequence(
  context: SessionContext,
  sequence: SequenceDefinition,
): Promise<void> {
  const place = await newPlace(context, sequence.name);
  const named = sequence.type ?? { name: ['bigint'], size: null, scale: null };
  const { type } = await columnType(context, place.database, named, null);
  const limits = LIMITS[type.name];
  if (limits === undefined) throw notModelled(`a sequence of type ${type.name}`);
  const id = await addObject(context, place, { type: 'SO' });
  const increment = sequence.increment ?? '1';
  const minimum = sequence.minimum ?? limits[0];
  const maximum = sequence.maximum ?? limits[1];
  const start = sequence.startWith ?? (increment.startsWith('-') ? maximum : minimum);
  const cycle = sequence.cycle ?? false;
  await context.query(
    `INSERT INTO ms.sequences (id, type, precision, start_value, increment, minimum, maximum, cycling, cache)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [id, type.name, type.precision, start, increment, minimum, maximum, cycle, cacheOf(sequence)],
  );
  await context.query(
    `CREATE SEQUENCE d${String(place.database.id)}.s${String(id)} INCREMENT ${increment}
       MINVALUE ${minimum} MAXVALUE ${maximum} START ${start}${cycle ? ' CYCLE' : ''}`,
  );
  context.catalogChanged();
}

/** -1: no cache, 0: a cache of the server's own size. */
function cacheOf({ cache }: SequenceDefinition): number {
  if (cache === undefined || cache === '') return 0;
  return cache === null ? -1 : Number(cache);
}

export async function alterSequence(
  context: SessionContext,
  sequence: SequenceDefinition,
): Promise<void> {
  const row = await findObject(context, sequence.name, 'SO');
  if (row === undefined) {
    throw new SqlError(
      15_151,
      `Cannot alter the sequence object '${sequence.name.join('.')}', because it does not exist or you do not have permission.`,
    );
  }
  const sets: [string, unknown, string][] = [];
  const { startWith: start, increment, minimum, maximum, cycle } = sequence;
  if (start !== undefined)
    sets.push(['start_value', start, start === null ? 'RESTART' : `RESTART ${start}`]);
  if (increment !== undefined) sets.push(['increment', increment, `INCREMENT ${increment}`]);
  if (typeof minimum === 'string') sets.push(['minimum', minimum, `MINVALUE ${minimum}`]);
  if (typeof maximum === 'string') sets.push(['maximum', maximum, `MAXVALUE ${maximum}`]);
  if (cycle !== undefined) sets.push(['cycling', cycle, cycle ? 'CYCLE' : 'NO CYCLE']);
  if (sequence.cache !== undefined) sets.push(['cache', cacheOf(sequence), '']);
  for (const [column, value, change] of sets) {
    if (value !== null) {
      await context.query(`UPDATE ms.sequences SET ${column} = $2 WHERE id = $1`, [row.id, value]);
    }
    if (change === '') continue;
    await context.query(`ALTER SEQUENCE d${String(row.db)}.s${String(row.id)} ${change}`);
  }
  await touched(context, row.id);
}
