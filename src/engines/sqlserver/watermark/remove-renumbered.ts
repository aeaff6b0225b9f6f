import { identityChanged } from '../apply/identity-changed.js';
import type { TargetTable } from '../apply/target-table.js';
import type { Query } from '../sql-session.js';
import type { UpsertSql } from './upsert-sql.js';

/**
 * Rows of the page whose identity value changed leave the live table, so that they are inserted
 * again.
 *
 * @throws SluiceError ROW_REJECTED where a foreign key refers to the table
 */
export async function removeRenumbered(
  query: Query,
  live: TargetTable,
  { countRenumbered, removeRenumbered: remove }: UpsertSql,
): Promise<void> {
  if (countRenumbered === null || remove === null) return;
  if (!live.referenced) {
    await query(remove);
    return;
  }
  const [row] = await query<{ n: number }>(countRenumbered);
  if (row?.n !== 0) throw identityChanged(live);
}
