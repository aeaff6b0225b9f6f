import { SqlError } from '../../backend.js';
import type { SessionContext } from '../../engine/catalog-seam.js';

/** False where there is none of that name; 7706 while a scheme uses it. */
export async function dropPartitionFunction(
  context: SessionContext,
  name: string,
): Promise<boolean> {
  const [row] = await context.query<{ id: number; used: boolean }>(
    `SELECT f.id, EXISTS (SELECT FROM ms.partition_schemes AS s WHERE s.function_id = f.id) AS used
       FROM ms.partition_functions AS f WHERE f.db = $1 AND f.key = ms.name_key($1, $2)`,
    [context.database.id, name],
  );
  if (row === undefined) return false;
  if (row.used) {
    throw new SqlError(
      7706,
      `Partition function '${name}' is being used by one or more partition schemes.`,
    );
  }
  await context.query('DELETE FROM ms.boundaries WHERE function_id = $1', [row.id]);
  await context.query('DELETE FROM ms.partition_functions WHERE id = $1', [row.id]);
  return true;
}

/** False where there is none of that name; 7717 while a table uses it. */
export async function dropPartitionScheme(context: SessionContext, name: string): Promise<boolean> {
  const [row] = await context.query<{ id: number; used: boolean }>(
    `SELECT s.id, EXISTS (SELECT FROM ms.indexes AS i WHERE i.space = s.id) AS used
       FROM ms.partition_schemes AS s WHERE s.db = $1 AND s.key = ms.name_key($1, $2)`,
    [context.database.id, name],
  );
  if (row === undefined) return false;
  if (row.used) {
    throw new SqlError(
      7717,
      `The partition scheme "${name}" is currently being used to partition one or more tables.`,
    );
  }
  await context.query('DELETE FROM ms.destinations WHERE scheme_id = $1', [row.id]);
  await context.query('DELETE FROM ms.partition_schemes WHERE id = $1', [row.id]);
  return true;
}
