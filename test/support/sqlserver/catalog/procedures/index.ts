/**
 * The system procedures by name. Needed by test/conformance/sqlserver/extended-properties: "is
 * there once by its name" and test/conformance/sqlserver/rename: "of a column keeps its number".
 */
import type { ProcedureCall, SessionContext } from '../../engine/catalog-seam.js';
import type { Name } from '../../tsql/ast.js';
import { addProperty, dropProperty } from './properties.js';
import { rename } from './rename.js';

type Procedure = (context: SessionContext, call: ProcedureCall) => Promise<void>;

/** The system procedures that are about the catalog; sp_cdc_… are those of the feeds. */
const PROCEDURES: Readonly<Record<string, Procedure>> = {
  sp_rename: rename,
  sp_addextendedproperty: addProperty,
  sp_dropextendedproperty: dropProperty,
};

/** False: none of them. */
export async function systemProcedure(
  context: SessionContext,
  name: Name,
  call: ProcedureCall,
): Promise<boolean> {
  const word = (name.at(-1) ?? '').toLowerCase();
  const found = Object.hasOwn(PROCEDURES, word) ? PROCEDURES[word] : undefined;
  if (found === undefined) return false;
  await found(context, call);
  return true;
}
