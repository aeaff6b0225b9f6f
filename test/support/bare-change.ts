import type { Change } from '../../src/core/change.js';

/** An insert of which a test needs the size alone. */
export function bareChange(bytes: number): Change {
  return {
    shape: { table: { schema: 's', table: 't' }, columns: [], wire: 'none' },
    op: 'i',
    oldKey: null,
    row: [],
    formats: null,
    oldKeyFormats: null,
    bytes,
  };
}
