/**
 * sp_cdc_cleanup_change_table (test/conformance/sqlserver/change-data-capture: "raises the start of
 * the instance to the mark", test/conformance/sqlserver/change-data-capture: "is refused a mark
 * that is no commit (22964)").
 */
import { Arguments } from '../../catalog/procedures/arguments.js';
import type { ProcedureCall, SessionContext } from '../../engine/catalog-seam.js';
import { requireOwnerOfCaptured } from './rights.js';

const DECLARED = [
  '@capture_instance',
  '@low_water_mark',
  '@threshold',
  '@fCleanupFailed'.toLowerCase(),
];

/** sp_cdc_cleanup_change_table: throws 22957 and 22964. */
export async function cleanUp(context: SessionContext, call: ProcedureCall): Promise<void> {
  const args = new Arguments('sp_cdc_cleanup_change_table', call, DECLARED);
  await requireOwnerOfCaptured(context);
  await context.query('SELECT feed.clean_instance($1, $2, $3::bytea)', [
    context.database.id,
    args.required('@capture_instance'),
    args.text('@low_water_mark'),
  ]);
}
