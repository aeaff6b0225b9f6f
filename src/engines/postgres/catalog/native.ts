import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import type { TableModel } from '../../contract/schema.js';
import { PgTable } from './model.js';

/** The engine's own model inside a shared one. Throws UNEXPECTED for another engine's. */
export function nativeTable(model: TableModel): PgTable {
  if (model.native instanceof PgTable) return model.native;
  throw new SluiceError(
    'UNEXPECTED',
    `${displayName(model.name)} was not read from a PostgreSQL database in this process.`,
    { remedy: 'Read the table from the source again.' },
  );
}
