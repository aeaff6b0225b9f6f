/**
 * Who may use the procedures of CDC, and where (test/conformance/sqlserver/change-data-capture:
 * "needs sys.sp_cdc_enable_db before (22901)").
 */
import { SqlError } from '../../backend.js';
import type { SessionContext } from '../../engine/catalog-seam.js';

interface Standing {
  readonly sysadmin: boolean;
  readonly owner: boolean;
  readonly cdc: boolean;
}

export async function standing(context: SessionContext): Promise<Standing> {
  const [row] = await context.query<Standing>(
    `SELECT ms.sysadmin() AS sysadmin, d.cdc,
       ms.sysadmin() OR EXISTS (SELECT FROM ms.roles(d.id) AS r WHERE r IN ('dbo', 'db_owner')) AS owner
     FROM ms.databases AS d WHERE d.id = $1`,
    [context.database.id],
  );
  if (row === undefined) throw new Error('a session has a database');
  return row;
}

/** Throws 22904 and 22901. */
export async function requireOwnerOfCaptured(context: SessionContext): Promise<void> {
  const { owner, cdc } = await standing(context);
  if (!owner) {
    throw new SqlError(
      22_904,
      'Caller is not authorized to initiate the requested action. DBO privileges are required.',
    );
  }
  if (cdc) return;
  throw new SqlError(
    22_901,
    `The database '${context.database.name}' is not enabled for Change Data Capture. Ensure that the correct database context is set and retry the operation. To report on the databases enabled for Change Data Capture, query the is_cdc_enabled column in the sys.databases catalog view.`,
  );
}
