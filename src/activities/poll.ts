import { SluiceError } from '../core/errors.js';
import { displayName } from '../core/names.js';
import type { TableStepContext } from './copy.js';

/** Follow a table by its watermark column: one long activity, a look every `poll.incremental`. */
export async function pollTable(
  context: TableStepContext,
): Promise<{ rows: number; detail: string }> {
  const { session, source, target, row, run } = context;
  const settings = session.settings(row.target, row.source);
  const column = settings.watermark.column;
  if (column === undefined) {
    throw new SluiceError(
      'CONFIG_INVALID',
      `${displayName(row.source)} names no watermark column.`,
      {
        remedy: 'Set watermark.column in its settings.',
      },
    );
  }
  const model = await session.model(row);
  const fence = await target.state.tables.claim(row.tableId);
  let rows = 0;
  while (!run.dueToReturn()) {
    const present = await target.state.tables.get(row.tableId);
    if (present === null || present.wanted !== 'run') break;
    const { upTo, reader } = await source.watermark.read(model, {
      column,
      from: present.watermark,
      overlapMs: settings.watermark.overlap,
    });
    const stage = { tableId: row.tableId, epoch: present.epoch, fence, target: row.targetTable };
    const written = await target.watermark.write(stage, model, { upTo, reader });
    rows += written;
    run.report({ rows });
    await run.pause(settings.poll.incremental);
  }
  return { rows, detail: 'border' };
}
