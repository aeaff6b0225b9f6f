import type { TableModel } from '../../contract/schema.js';
import type { MsTable } from '../catalog/model.js';
import { isNative, nativeTable } from '../catalog/native.js';
import { tableFromNeutral } from './table-from-neutral.js';

/**
 * The table as SQL Server makes it: the source's own where it is one too, else what its neutral
 * form says.
 *
 * @throws SluiceError TYPE_UNSUPPORTED naming the column
 */
export function tableFor(model: TableModel): MsTable {
  return isNative(model) ? nativeTable(model) : tableFromNeutral(model);
}
