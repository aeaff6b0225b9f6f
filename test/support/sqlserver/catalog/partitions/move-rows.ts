/**
 * How rows go from one table to the other. Needed by test/conformance/sqlserver/partitions: "moves
 * the rows into an empty partition" and test/conformance/sqlserver/change-data-capture: "is allowed
 * by default, and its rows are never captured".
 */
import type { SessionContext } from '../../engine/catalog-seam.js';
import type { TableTarget } from '../define/add-column.js';

/** What moves whole partitions is not seen by Change Data Capture. */
export async function unlogged(context: SessionContext, work: () => Promise<void>): Promise<void> {
  await context.query("SELECT set_config('ss.unlogged', 'on', true)");
  await work();
  await context.query("SELECT set_config('ss.unlogged', 'off', true)");
}

/** Rows keep their values, identity and rowversion too; computed columns come out the same. */
export async function moveRows(
  context: SessionContext,
  source: TableTarget,
  target: TableTarget,
  predicate: string,
): Promise<void> {
  const plain = (table: TableTarget): string =>
    table.columns
      .filter(({ computed }) => computed !== true)
      .map(({ pg }) => pg)
      .join(', ');
  await unlogged(context, async () => {
    await context.query(
      `WITH moved AS (DELETE FROM ${source.pg} WHERE ${predicate} RETURNING ${plain(source)})
       INSERT INTO ${target.pg} (${plain(target)}) SELECT * FROM moved`,
    );
  });
}
