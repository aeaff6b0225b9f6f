import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import type { TableModel } from '../../contract/schema.js';
import { MsTable } from './model.js';

/** The engine's own model inside a shared one. Throws UNEXPECTED for another engine's. */
export function nativeTable(model: TableModel): MsTable {
  if (model.native instanceof MsTable) return model.native;
  throw new SluiceError(
    'UNEXPECTED',
    `${displayName(model.name)} was not read from a SQL Server database in this process.`,
    { remedy: 'Read the table from the source again.' },
  );
}

export function isNative(model: TableModel): boolean {
  return model.native instanceof MsTable;
}
