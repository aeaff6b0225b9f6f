/**
 * What has to be known before the first row of an epoch is read. May be repeated until the plan of
 * its chunks is stored.
 */
import type { TableModel } from '../../engines/contract/schema.js';
import type { StageRef } from '../../engines/contract/full-sync.js';
import type { TableStepContext } from '../table-step.js';

const MARKS_PER_PAGE = 1_000;

/**
 * The watermark from which to follow once the copy is visible: one that was safe before it began.
 * And the rows whose reset trigger asked for it: only those are set back after the cut-over.
 */
export async function beforeCopy(
  context: TableStepContext,
  model: TableModel,
  stage: StageRef,
): Promise<void> {
  const { session, source, target, row } = context;
  const { watermark, resetColumn } = session.settings(row.target, row.source);
  if (row.mode === 'incremental' && watermark.column !== undefined) {
    const { column, overlap } = watermark;
    const safe = await source.watermark.upperBound(model, column, null, overlap);
    await target.watermark.keep(stage, safe);
  }
  const { resetMarks } = target.state;
  await resetMarks.begin(row.tableId);
  if (resetColumn === undefined) return;
  await source.resetTriggers.marks(model, resetColumn, MARKS_PER_PAGE, (marks) =>
    resetMarks.add(row.tableId, row.epoch, marks),
  );
}

/**
 * What to read where no feed repairs a copy whose parts were read at different moments: the whole
 * table as one part under one snapshot. A watermark does repair it.
 */
export function readAs(
  model: TableModel,
  row: { laneId: string | null; mode: string },
): TableModel {
  return row.laneId === null && row.mode !== 'incremental' ? { ...model, key: null } : model;
}

/**
 * A table that has rows already and has never been copied goes on from them: no full sync. True
 * when that was arranged.
 */
export async function continuesFromTarget(context: TableStepContext): Promise<boolean> {
  const { session, target, row } = context;
  const { watermark, existing } = session.settings(row.target, row.source);
  if (row.mode !== 'incremental' || row.epoch !== '0' || existing === 'overwrite') return false;
  if (watermark.column === undefined) return false;
  const model = await session.model(row);
  const stage = {
    tableId: row.tableId,
    epoch: row.epoch,
    fence: row.fence,
    target: row.targetTable,
  };
  const highest = await target.watermark.highest(model, stage, watermark.column);
  if (highest === null) return false;
  await target.state.tables.setPhase(row.tableId, 'streaming', 'continues from its own rows');
  return true;
}
