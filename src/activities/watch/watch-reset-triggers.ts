/** Reset trigger columns: set back what a finished sync was asked for by, and see new requests. */
import { parseCommand } from '../../core/command.js';
import type { AddressedCommand } from '../../core/protocol.js';
import type { SourceDatabase, TargetDatabase } from '../../engines/engine.js';
import type { PipelineSession } from '../../session/pipeline-session.js';
import type { TableRow } from '../../state/store.js';
import { ScanRests } from '../poll/scan-rests.js';

const MARKS_PER_PAGE = 1_000;
/** Of this worker. */
const rests = new ScanRests();
/** A request whose sync never began (the table had failed meanwhile) is made again. */
const SAME_REQUEST_MS = 10 * 60_000;

/**
 * One query per table with a reset trigger, rarer where it takes long. A table that still has marks of its last sync is set
 * back first: what it carried then is no new request.
 */
export async function watchResetTriggers(
  session: PipelineSession,
  targetName: string,
): Promise<AddressedCommand[]> {
  const target = await session.target(targetName);
  const rows = (await target.state.tables.list(session.pipeline)).filter(
    (row) => row.target === targetName && row.phase === 'streaming',
  );
  const watched = rows.flatMap((row) => {
    const { resetColumn, active } = session.settings(targetName, row.source);
    return resetColumn === undefined || !active ? [] : [{ row, column: resetColumn }];
  });
  if (watched.length === 0) return [];
  const source = await session.source();
  const marked = new Set(await target.state.resetMarks.tables());
  const commands: AddressedCommand[] = [];
  for (const { row, column } of watched) {
    if (marked.has(row.tableId)) await resetTriggerRows(session, source, target, row, column);
    const subject = JSON.stringify([session.pipeline, targetName, row.tableId, column]);
    if (!rests.isDue(subject)) continue;
    const look = () => source.resetTriggers.raised(row.source, column);
    if (!(await rests.look(subject, look))) continue;
    const command = resyncCommand(row, column);
    if (command !== null) commands.push({ command, target: targetName, slugs: [row.slug] });
  }
  return commands;
}

/** Set the rows back that carried 1 when the epoch began. Idempotent; ends when none is left. */
export async function resetTriggerRows(
  session: PipelineSession,
  source: SourceDatabase,
  target: TargetDatabase,
  row: TableRow,
  column: string,
): Promise<void> {
  const { resetMarks } = target.state;
  const model = await session.model(row);
  for (;;) {
    const page = await resetMarks.page(row.tableId, row.epoch, MARKS_PER_PAGE);
    if (page.length === 0) break;
    await source.resetTriggers.reset(
      model,
      column,
      page.map(({ mark }) => mark),
    );
    await resetMarks.remove(
      row.tableId,
      row.epoch,
      page.map(({ n }) => n),
    );
  }
}

function resyncCommand(row: TableRow, column: string): AddressedCommand['command'] | null {
  const time = String(Math.floor(Date.now() / SAME_REQUEST_MS));
  const parsed = parseCommand(
    'forceResync',
    { by: 'reset trigger', reason: `a row of the source carries 1 in ${column}`.slice(0, 200) },
    `reset-${row.tableId}-${row.epoch}-${time}`,
  );
  return parsed.ok ? parsed.command : null;
}
