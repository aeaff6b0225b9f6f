import type { TargetDatabase } from '../engines/engine.js';
import type { TableRow } from '../state/store.js';

/** How long a change of flags waits for a lane's batch to end. */
export const FLAG_LOCK_TIMEOUT_MS = 30_000;

/** Changes of a table that stops are parked, so that its log is held back for nobody. */
export async function stopApplying(target: TargetDatabase, row: TableRow): Promise<void> {
  if (row.laneId === null || !row.applies) return;
  await target.state.tables.setFlags(
    row.tableId,
    { applies: false, parks: true },
    FLAG_LOCK_TIMEOUT_MS,
  );
}

/** The table cannot go on by itself: it waits with a reason, the others run. */
export async function quarantine(
  target: TargetDatabase,
  row: TableRow,
  code: string,
  message: string,
  remedy?: string,
): Promise<void> {
  const { tables, journal } = target.state;
  await stopApplying(target, row);
  await tables.setFault(row.tableId, { code, message });
  if (row.phase !== 'quarantined') await tables.setPhase(row.tableId, 'quarantined', message);
  await journal.error({
    pipeline: row.pipeline,
    target: row.target,
    tableId: row.tableId,
    code,
    message,
    ...(remedy === undefined ? {} : { remedy }),
  });
}
