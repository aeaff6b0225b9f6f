/**
 * sp_cdc_enable_db and sp_cdc_disable_db (test/conformance/sqlserver/change-data-capture: "needs
 * sys.sp_cdc_enable_db before (22901)").
 */
import { SqlError } from '../../backend.js';
import type { ProcedureCall, SessionContext } from '../../engine/catalog-seam.js';
import { standing } from './rights.js';

/** Throws 22902 and 22906; enabling twice changes nothing. */
export async function enableDatabase(context: SessionContext, _call: ProcedureCall): Promise<void> {
  if (await isEnabled(context)) return;
  const [taken] = await context.query(
    `SELECT FROM ms.schemas AS s WHERE s.db = $1 AND s.key = ms.name_key($1, 'cdc')`,
    [context.database.id],
  );
  if (taken !== undefined) {
    throw new SqlError(
      22_906,
      `The database '${context.database.name}' cannot be enabled for Change Data Capture because a database user named 'cdc' or a schema named 'cdc' already exists in the current database. These objects are required exclusively by Change Data Capture. Drop or rename the user or schema and retry the operation.`,
    );
  }
  await context.query('SELECT feed.enable_database($1)', [context.database.id]);
  context.catalogChanged();
}

export async function disableDatabase(
  context: SessionContext,
  _call: ProcedureCall,
): Promise<void> {
  if (!(await isEnabled(context))) return;
  await context.query('SELECT feed.disable_database($1)', [context.database.id]);
  context.catalogChanged();
}

async function isEnabled(context: SessionContext): Promise<boolean> {
  const { sysadmin, cdc } = await standing(context);
  if (sysadmin) return cdc;
  throw new SqlError(
    22_902,
    'Caller is not authorized to initiate the requested action. Sysadmin privileges are required.',
  );
}
