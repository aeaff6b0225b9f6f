import { toSluiceError } from '../core/errors.js';
import type { TableModel } from '../engines/contract/schema.js';
import type { TargetDatabase } from '../engines/engine.js';
import type { TableRow } from '../state/store.js';

/**
 * Asked where nothing changed on the source since the target fitted it: if the target does not fit
 * now, somebody altered it, and what it lost would come back without its values if it were healed.
 * A sentence then, else null.
 */
export async function whatTargetLost(
  target: TargetDatabase,
  row: TableRow,
  model: TableModel,
): Promise<string | null> {
  const owner = { pipeline: row.pipeline, target: row.target };
  try {
    await target.schema.compareTable(model, row.targetTable, { heal: false, owner });
    return null;
  } catch (thrown) {
    const { code, message } = toSluiceError(thrown);
    // The target has not changed then; the table waits with that, and the next one has its turn.
    if (code === 'TYPE_UNSUPPORTED') return null;
    if (code !== 'SCHEMA_MISMATCH') throw thrown;
    return `It needs a new copy, as the target was altered: ${message}`;
  }
}
