/**
 * CREATE and ALTER PARTITION FUNCTION. Needed by test/conformance/sqlserver/partitions: "needs NEXT
 * USED before each SPLIT (7710), and is there once" and test/conformance/sqlserver/partitions: "is
 * split after a wait for the session".
 */
import { SqlError } from '../../backend.js';
import type { SessionContext } from '../../engine/catalog-seam.js';
import { pgType } from '../../engine/values/storage.js';
import type { Expression, PartitionDefinition } from '../../tsql/ast.js';
import { columnType } from '../define/column-type.js';
import { permitInDatabase } from '../permissions.js';
import type { FunctionRow } from './rows.js';
import { boundarySql, functionByName } from './rows.js';
import { consumeNextUsed, releaseDestination } from './schemes.js';

type Create = Extract<PartitionDefinition, { kind: 'createPartitionFunction' }>;
type Alter = Extract<PartitionDefinition, { kind: 'alterPartitionFunction' }>;

const REFUSED: ReadonlySet<string> = new Set([
  'text',
  'ntext',
  'image',
  'xml',
  'timestamp',
  'hierarchyid',
  'geography',
  'geometry',
]);

export async function createPartitionFunction(
  context: SessionContext,
  { name, type: typeName, right, values }: Create,
): Promise<void> {
  const { database } = context;
  await permitInDatabase(context, database, 'ALTER');
  if ((await functionByName(context, database.id, name)) !== undefined) {
    throw new SqlError(7738, `There is already an object named '${name}' in the database.`);
  }
  const { type } = await columnType(context, database, typeName, null);
  if (REFUSED.has(type.name) || type.length < 0) {
    throw new SqlError(
      7719,
      `CREATE/ALTER partition function failed as data type '${type.name}' is not allowed.`,
    );
  }
  const [row] = await context.query<{ id: number }>(
    `INSERT INTO ms.partition_functions (id, db, name, key, is_right, type, length, precision, scale, coll, pg_type)
     VALUES (nextval('ms.space_ids'), $1, $2, ms.name_key($1, $2), $3, $4, $5, $6, $7, $8, $9) RETURNING id`,
    [
      database.id,
      name,
      right,
      type.name,
      type.length,
      type.precision,
      type.scale,
      type.collation,
      pgType(type),
    ],
  );
  const made = { id: row?.id ?? 0, name, isRight: right, pgType: pgType(type), type, values: [] };
  const stored: string[] = [];
  for (const value of values) stored.push(await boundaryOf(context, made, value));
  await writeBoundaries(context, made, stored);
  context.catalogChanged();
}

async function boundaryOf(
  context: SessionContext,
  fn: FunctionRow,
  value: Expression,
): Promise<string> {
  const { text } = await context.evaluate(value, fn.type);
  if (text !== null) return text;
  throw new SqlError(99_999, 'not modelled: NULL as a boundary');
}

/** SQL Server sorts them; equal ones are 7708. */
async function writeBoundaries(
  context: SessionContext,
  fn: FunctionRow,
  values: readonly string[],
): Promise<void> {
  const items = values.map(
    (value) => `(${boundarySql(fn, value)}, '${value.replaceAll("'", "''")}')`,
  );
  await context.query('DELETE FROM ms.boundaries WHERE function_id = $1', [fn.id]);
  if (items.length === 0) return;
  await context.query(
    `INSERT INTO ms.boundaries (function_id, n, value)
     SELECT ${String(fn.id)}, row_number() OVER (ORDER BY k), v FROM (VALUES ${items.join(', ')}) AS b (k, v)`,
  );
  const [twin] = await context.query<{ n: number }>(
    `SELECT b.n FROM (SELECT row_number() OVER (ORDER BY k) AS n, k, lag(k) OVER (ORDER BY k) AS before
       FROM (VALUES ${items.join(', ')}) AS v (k, s)) AS b WHERE b.k = b.before`,
  );
  if (twin !== undefined) throw duplicate(Number(twin.n));
}

function duplicate(n: number): SqlError {
  return new SqlError(
    7708,
    `Duplicate range boundary values are not allowed in partition function boundary values list. Partition boundary values at ordinal ${String(n - 1)} and ${String(n)} are equal.`,
  );
}

export async function alterPartitionFunction(
  context: SessionContext,
  { name, action, value }: Alter,
): Promise<void> {
  await permitInDatabase(context, context.database, 'ALTER');
  const fn = await functionByName(context, context.database.id, name);
  if (fn === undefined) {
    throw new SqlError(
      15_151,
      `Cannot alter the partition function '${name}', because it does not exist or you do not have permission.`,
    );
  }
  const boundary = await boundaryOf(context, fn, value);
  const place = await placeOf(context, fn, boundary);
  await context.query('SELECT ms.lock_tables_of_function($1)', [fn.id]);
  if (action === 'split') await split(context, fn, boundary, place);
  else await merge(context, fn, place);
  context.catalogChanged();
}

interface BoundaryPlace {
  /** How many boundaries are less than it. */
  readonly before: number;
  readonly exists: boolean;
}

async function placeOf(
  context: SessionContext,
  fn: FunctionRow,
  value: string,
): Promise<BoundaryPlace> {
  const wanted = boundarySql(fn, value);
  const all = fn.values.map((each) => `(${boundarySql(fn, each)})`);
  if (all.length === 0) return { before: 0, exists: false };
  const [row] = await context.query<{ before: number; exists: boolean }>(
    `SELECT count(*) FILTER (WHERE k < ${wanted})::integer AS before, coalesce(bool_or(k = ${wanted}), false) AS exists
       FROM (VALUES ${all.join(', ')}) AS b (k)`,
  );
  return row ?? { before: 0, exists: false };
}

async function split(
  context: SessionContext,
  fn: FunctionRow,
  value: string,
  { before, exists }: BoundaryPlace,
): Promise<void> {
  if (exists) throw duplicate(before + 2);
  await consumeNextUsed(context, fn, before);
  const values = [...fn.values];
  values.splice(before, 0, value);
  await writeBoundaries(context, fn, values);
}

async function merge(
  context: SessionContext,
  fn: FunctionRow,
  { before, exists }: BoundaryPlace,
): Promise<void> {
  if (!exists) {
    throw new SqlError(7715, 'The specified partition range value could not be found.');
  }
  await releaseDestination(context, fn, before);
  await writeBoundaries(
    context,
    fn,
    fn.values.filter((_, index) => index !== before),
  );
}
