import type { ProcedureCall, SessionContext } from '../../engine/catalog-seam.js';
import type { Name } from '../../tsql/ast.js';
import { cleanUp } from './clean-up.js';
import { disableDatabase, enableDatabase } from './database.js';
import { disableTable } from './disable-table.js';
import { enableTable } from './enable-table.js';
import { cleanTracking, scanNow, setCapture, setRouting } from './stand-in.js';

type Procedure = (context: SessionContext, call: ProcedureCall) => Promise<void>;

const PROCEDURES: Readonly<Record<string, Procedure>> = {
  'sys.sp_cdc_enable_db': enableDatabase,
  'sys.sp_cdc_disable_db': disableDatabase,
  'sys.sp_cdc_enable_table': enableTable,
  'sys.sp_cdc_disable_table': disableTable,
  'sys.sp_cdc_cleanup_change_table': cleanUp,
  'standin.capture': setCapture,
  'standin.scan': scanNow,
  'standin.clean_tracking': cleanTracking,
  'standin.routing': setRouting,
};

/** False: none of the feeds' procedures. */
export async function feedProcedure(
  context: SessionContext,
  name: Name,
  call: ProcedureCall,
): Promise<boolean> {
  const schema = name.length === 1 ? 'sys' : (name.at(-2) ?? '');
  const word = `${schema === 'dbo' ? 'sys' : schema}.${name.at(-1) ?? ''}`.toLowerCase();
  const found = Object.hasOwn(PROCEDURES, word) ? PROCEDURES[word] : undefined;
  if (found === undefined) return false;
  await found(context, call);
  return true;
}
