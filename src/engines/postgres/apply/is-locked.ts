import type { TableName } from '../../../core/names.js';
import { quoteQualified } from '../sql/quote.js';
import type { SqlSession } from '../sql-session.js';

/**
 * $1 table. Locks that keep writers waiting, held or asked for (who writes then queues behind), on
 * the table or one of its partitions; and rows of a transaction that has been open for longer than a
 * lane waits.
 */
const READ_LOCKED = `
WITH tables AS (
  SELECT to_regclass($1) AS relid
  UNION
  SELECT relid FROM pg_partition_tree(to_regclass($1))
)
SELECT EXISTS (
  SELECT FROM pg_locks l
    JOIN tables t ON t.relid = l.relation
    LEFT JOIN pg_stat_activity a ON a.pid = l.pid
   WHERE l.locktype = 'relation' AND l.pid <> pg_backend_pid()
     AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
     AND (l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
          OR l.mode IN ('RowShareLock', 'RowExclusiveLock')
             AND a.xact_start < clock_timestamp() - interval '10 seconds')
) AS locked`;

export async function isLocked(session: SqlSession, table: TableName): Promise<boolean> {
  const [row] = await session.query<{ locked: boolean }>(READ_LOCKED, [
    quoteQualified(table.schema, table.table),
  ]);
  return row?.locked ?? false;
}
