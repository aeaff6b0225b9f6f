import type { ProcedureCall, SessionContext } from '../../engine/catalog-seam.js';
import type { Name } from '../../tsql/ast.js';
import { addProperty, dropProperty, updateProperty } from './properties.js';
import { rename } from './rename.js';

type Procedure = (context: SessionContext, call: ProcedureCall) => Promise<void>;

/** What only matters to an optimiser or to cached plans. */
const nothing: Procedure = () => Promise.resolve();

/** The system procedures that are about the catalog; sp_cdc_… are those of the feeds. */
const PROCEDURES: Readonly<Record<string, Procedure>> = {
  sp_rename: rename,
  sp_addextendedproperty: addProperty,
  sp_updateextendedproperty: updateProperty,
  sp_dropextendedproperty: dropProperty,
  sp_updatestats: nothing,
  sp_refreshview: nothing,
  sp_refreshsqlmodule: nothing,
  sp_recompile: nothing,
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
