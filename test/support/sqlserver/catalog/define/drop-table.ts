/**
 * A table goes, and all that the catalog has of it. Needed by
 * test/conformance/sqlserver/definitions: "is not dropped: a table by a foreign key" and
 * test/conformance/sqlserver/calls: "ends with its #temp tables and settings".
 */
import { SqlError } from '../../backend.js';
import type { SessionContext } from '../../engine/catalog-seam.js';
import type { Described } from '../lookup.js';
import type { Feeds } from '../feeds-seam.js';

/** Throws 3726 while another table refers to it. */
export async function dropTable(
  context: SessionContext,
  row: Described,
  feeds: Feeds,
  text: string,
): Promise<void> {
  const [user] = await context.query(
    'SELECT FROM ms.foreign_keys WHERE referenced = $1 AND parent <> $1 LIMIT 1',
    [row.id],
  );
  if (user !== undefined) {
    throw new SqlError(
      3726,
      `Could not drop object '${row.schema}.${row.name}' because it is referenced by a FOREIGN KEY constraint.`,
    );
  }
  await refuseBound(context, row);
  await feeds.tableChanged(context, row.id, text);
  await context.query(`DROP TABLE ${row.relation} CASCADE`);
  await forgetTable(context, row.id);
}

async function refuseBound(context: SessionContext, row: Described): Promise<void> {
  const [bound] = await context.query<{ name: string }>(
    `SELECT o.name FROM ms.dependencies AS d JOIN ms.modules AS m ON m.id = d.referencing AND m.bound
       JOIN ms.objects AS o ON o.id = m.id WHERE d.referenced = $1`,
    [row.id],
  );
  if (bound === undefined) return;
  throw new SqlError(
    3729,
    `Cannot DROP TABLE '${row.schema}.${row.name}' because it is being referenced by object '${bound.name}'.`,
  );
}

/** All rows of the catalog that belong to a table. */
export async function forgetTable(context: SessionContext, id: number): Promise<void> {
  const own = '(SELECT id FROM ms.objects WHERE id = $1 OR parent = $1)';
  for (const from of ['definitions', 'foreign_keys', 'foreign_key_columns', 'modules', 'tables']) {
    await context.query(`DELETE FROM ms.${from} WHERE id IN ${own}`, [id]);
  }
  for (const from of ['columns', 'indexes', 'index_columns', 'compression']) {
    await context.query(`DELETE FROM ms.${from} WHERE object_id = $1`, [id]);
  }
  await context.query(`DELETE FROM ms.properties WHERE class IN (1, 7) AND major_id IN ${own}`, [
    id,
  ]);
  await context.query('DELETE FROM ms.permissions WHERE class = 1 AND major_id = $1', [id]);
  await context.query(
    `DELETE FROM ms.dependencies WHERE referencing IN ${own} OR referenced = $1`,
    [id],
  );
  await context.query('DELETE FROM ms.objects WHERE id = $1 OR parent = $1', [id]);
}

/** The caller's #temp tables and @tables of this nesting and deeper. */
export async function dropTemporary(context: SessionContext, fromScope: number): Promise<void> {
  const rows = await context.query<{ id: number; there: boolean }>(
    `SELECT id, to_regclass('pg_temp.t' || id) IS NOT NULL AS there FROM ms.objects
      WHERE spid = ms.spid() AND type = 'U' AND scope >= $1`,
    [fromScope],
  );
  for (const { id, there } of rows) {
    if (there) await context.query(`DROP TABLE pg_temp.t${String(id)} CASCADE`);
    await forgetTable(context, id);
  }
  if (rows.length > 0) context.catalogChanged();
}
