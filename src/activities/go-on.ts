import type { TargetDatabase } from '../engines/engine.js';
import type { TableRow } from '../state/store.js';

/**
 * What a table was quarantined for is mended: it goes on. Its row was read a while ago, so nothing is
 * done when it has another fault or another epoch by now: lost changes must not be forgotten so.
 */
export async function goOn(target: TargetDatabase, row: TableRow, why: string): Promise<void> {
  const { tables, journal } = target.state;
  const held = { faultCode: row.faultCode ?? '', epoch: row.epoch };
  // In the middle of a copy it has to go on with that: its rows are not visible yet.
  const phase = row.phaseBefore === 'fullSync' ? 'fullSync' : 'paused';
  if (!(await tables.release(row.tableId, held, phase, why))) return;
  await journal.resolveErrors(row.pipeline, row.target, row.tableId);
}
