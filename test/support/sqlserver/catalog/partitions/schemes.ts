/**
 * CREATE and ALTER PARTITION SCHEME, and what SPLIT and MERGE do to schemes. Needed by
 * test/conformance/sqlserver/partitions: "needs NEXT USED before each SPLIT" and
 * test/conformance/sqlserver/catalogue-meaning: "have one boundary less than their number, and a
 * filegroup each".
 */
import { SqlError } from '../../backend.js';
import type { SessionContext } from '../../engine/catalog-seam.js';
import type { PartitionDefinition } from '../../tsql/ast.js';
import { permitInDatabase } from '../permissions.js';
import type { FunctionRow } from './rows.js';
import { functionByName } from './rows.js';

type Create = Extract<PartitionDefinition, { kind: 'createPartitionScheme' }>;
type Alter = Extract<PartitionDefinition, { kind: 'alterPartitionScheme' }>;

export async function createPartitionScheme(
  context: SessionContext,
  { name, function: functionName, all, filegroups }: Create,
): Promise<void> {
  const { id: db } = context.database;
  await permitInDatabase(context, context.database, 'ALTER');
  const fn = await functionByName(context, db, functionName);
  if (fn === undefined) {
    throw new SqlError(
      7705,
      `Could not implicitly create the partition scheme '${name}': partition function '${functionName}' does not exist.`,
    );
  }
  const fanout = fn.values.length + 1;
  if (!all && filegroups.length < fanout) {
    throw new SqlError(
      7707,
      `The associated partition function '${fn.name}' generates more partitions than there are file groups mentioned in the scheme '${name}'.`,
    );
  }
  const ids: number[] = [];
  for (const filegroup of filegroups) ids.push(await filegroupId(context, db, filegroup));
  const [row] = await context.query<{ id: number }>(
    `INSERT INTO ms.partition_schemes (id, db, name, key, function_id, next_used)
     VALUES (nextval('ms.space_ids'), $1, $2, ms.name_key($1, $2), $3, $4) RETURNING id`,
    // ALL TO, and one filegroup more than partitions, name the next one as well.
    [db, name, fn.id, all ? ids[0] : (ids[fanout] ?? null)],
  );
  for (let n = 1; n <= fanout; n += 1) {
    await context.query('INSERT INTO ms.destinations VALUES ($1, $2, $3)', [
      row?.id,
      n,
      all ? ids[0] : ids[n - 1],
    ]);
  }
  context.catalogChanged();
}

async function filegroupId(context: SessionContext, db: number, name: string): Promise<number> {
  const wanted = name.toLowerCase() === 'default' ? 'primary' : name;
  const [row] = await context.query<{ id: number }>(
    'SELECT id FROM ms.filegroups WHERE db = $1 AND lower(name) = lower($2)',
    [db, wanted],
  );
  if (row !== undefined) return row.id;
  throw new SqlError(208, `Invalid object name '${name}'.`, { state: 58 });
}

export async function alterPartitionScheme(
  context: SessionContext,
  { name, nextUsed }: Alter,
): Promise<void> {
  const { id: db } = context.database;
  await permitInDatabase(context, context.database, 'ALTER');
  const next = nextUsed === null ? null : await filegroupId(context, db, nextUsed);
  const changed = await context.query(
    'UPDATE ms.partition_schemes SET next_used = $3 WHERE db = $1 AND key = ms.name_key($1, $2) RETURNING id',
    [db, name, next],
  );
  if (changed.length === 0) {
    throw new SqlError(
      15_151,
      `Cannot alter the partition scheme '${name}', because it does not exist or you do not have permission.`,
    );
  }
  context.catalogChanged();
}

interface SchemeRow {
  readonly id: number;
  readonly name: string;
  readonly next: number | null;
}

async function schemesOf(
  context: SessionContext,
  functionId: number,
): Promise<readonly SchemeRow[]> {
  return context.query<SchemeRow>(
    'SELECT id, name, next_used AS next FROM ms.partition_schemes WHERE function_id = $1 ORDER BY id',
    [functionId],
  );
}

/**
 * The new partition lies on the filegroup that NEXT USED named; the split uses that up. With RANGE
 * RIGHT the new one is right of the boundary, with LEFT left of it. Throws 7710 without one.
 */
export async function consumeNextUsed(
  context: SessionContext,
  fn: FunctionRow,
  before: number,
): Promise<void> {
  const at = fn.isRight ? before + 2 : before + 1;
  for (const { id, name, next } of await schemesOf(context, fn.id)) {
    if (next === null) {
      throw new SqlError(
        7710,
        `Warning: The partition scheme '${name}' does not have any next used filegroup. Partition scheme has not been changed.`,
      );
    }
    await shift(context, id, at, 1);
    await context.query('INSERT INTO ms.destinations VALUES ($1, $2, $3)', [id, at, next]);
    await context.query('UPDATE ms.partition_schemes SET next_used = NULL WHERE id = $1', [id]);
  }
  await shiftCompression(context, fn.id, at, 1);
}

/** MERGE gives up the filegroup of the partition that the boundary belonged to. */
export async function releaseDestination(
  context: SessionContext,
  fn: FunctionRow,
  before: number,
): Promise<void> {
  const at = fn.isRight ? before + 2 : before + 1;
  for (const { id } of await schemesOf(context, fn.id)) {
    await context.query('DELETE FROM ms.destinations WHERE scheme_id = $1 AND n = $2', [id, at]);
    await shift(context, id, at, -1);
  }
  await context.query(
    `DELETE FROM ms.compression AS c USING ms.indexes AS i, ms.partition_schemes AS s
      WHERE i.object_id = c.object_id AND i.id = c.index_id AND s.id = i.space AND s.function_id = $1 AND c.partition = $2`,
    [fn.id, at],
  );
  await shiftCompression(context, fn.id, at, -1);
}

async function shift(
  context: SessionContext,
  scheme: number,
  from: number,
  by: number,
): Promise<void> {
  await context.query('UPDATE ms.destinations SET n = n + $3 WHERE scheme_id = $1 AND n >= $2', [
    scheme,
    from,
    by,
  ]);
}

/** Compression belongs to a partition's rows, not to its number. */
async function shiftCompression(
  context: SessionContext,
  functionId: number,
  from: number,
  by: number,
): Promise<void> {
  const rows = await context.query<{
    object_id: number;
    index_id: number;
    partition: number;
    level: number;
  }>(
    `DELETE FROM ms.compression AS c USING ms.indexes AS i, ms.partition_schemes AS s
      WHERE i.object_id = c.object_id AND i.id = c.index_id AND s.id = i.space AND s.function_id = $1 AND c.partition >= $2
      RETURNING c.object_id, c.index_id, c.partition, c.level`,
    [functionId, from],
  );
  for (const row of rows) {
    await context.query('INSERT INTO ms.compression VALUES ($1, $2, $3, $4)', [
      row.object_id,
      row.index_id,
      row.partition + by,
      row.level,
    ]);
  }
}
