/**
 * sp_cdc_disable_table (test/conformance/sqlserver/change-data-capture: "that was dropped takes its
 * change table along (208)").
 */
import { SqlError } from '../../backend.js';
import { Arguments } from '../../catalog/procedures/arguments.js';
import type { ProcedureCall, SessionContext } from '../../engine/catalog-seam.js';
import { requireOwnerOfCaptured } from './rights.js';

const DECLARED = ['@source_schema', '@source_name', '@capture_instance'];

/** One instance of a table, or 'all'; throws 22985 where there is none. */
export async function disableTable(context: SessionContext, call: ProcedureCall): Promise<void> {
  const args = new Arguments('sp_cdc_disable_table', call, DECLARED);
  await requireOwnerOfCaptured(context);
  const [schema, name] = [args.required('@source_schema'), args.required('@source_name')];
  const instance = args.required('@capture_instance');
  const gone = await context.query(
    `SELECT feed.disable_instance(i.object_id) FROM feed.instances AS i
     WHERE i.db = $1 AND i.source = ms.find($1, ARRAY[$2, $3]::text[])
       AND (lower($4) = 'all' OR lower(i.name) = lower($4))`,
    [context.database.id, schema, name, instance],
  );
  if (gone.length === 0) {
    throw new SqlError(
      22_985,
      `Change data capture has not been enabled for source table '${schema}.${name}'. Specify the name of a table enabled for Change Data Capture. To report on the tables enabled for Change Data Capture, query the is_tracked_by_cdc column in the sys.tables catalog view.`,
    );
  }
  context.catalogChanged();
}
