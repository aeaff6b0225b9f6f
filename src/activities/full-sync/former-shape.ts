import { SluiceError, toSluiceError } from '../../core/errors.js';
import { displayName } from '../../core/names.js';
import type { TableStepContext } from '../table-step.js';

/**
 * Kept changes have the columns that the table had when they were made. While the target lacks what
 * the source has, the watch of the catalogue heals it; where it lacks nothing, a column was renamed or
 * dropped since, the changes have no place any more, and only a new copy mends that.
 *
 * @throws SluiceError FEED_CHANGED in that case; else what was thrown
 */
export async function explainMismatch(context: TableStepContext, thrown: unknown): Promise<never> {
  const { code, message } = toSluiceError(thrown);
  if (code !== 'SCHEMA_MISMATCH') throw thrown;
  const { session, target, row } = context;
  const owner = { pipeline: row.pipeline, target: row.target };
  const model = await session.model(row);
  // Throws where the target is not as the source is now.
  await target.schema.compareTable(model, row.targetTable, { heal: false, owner });
  throw new SluiceError(
    'FEED_CHANGED',
    `The changes that were kept for ${displayName(row.source)} are of a former definition: ${message}`,
    { remedy: 'It is copied again by itself; after two times a day by sluice retry.' },
  );
}
