import type { TableName } from '../../src/core/names.js';
import type { TableModel } from '../../src/engines/contract/schema.js';

/** A table of which a test needs the name and the key alone. */
export function bareModel(name: TableName, key: readonly string[]): TableModel {
  return {
    name,
    columns: [],
    key,
    rowsEstimated: 0,
    bytesEstimated: 0,
    fingerprint: 'f',
    findings: [],
    feeds: [],
    neutral: { columns: [], primaryKey: null, uniques: [], indexes: [], foreignKeys: [] },
    native: null,
  };
}
