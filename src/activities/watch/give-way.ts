import type { PipelineSession } from '../../session/pipeline-session.js';

const LOOK_EVERY_MS = 2_000;
/** Phases of a copy whose cut-over needs the table for itself. */
const COPIED = new Set(['fullSync', 'catchingUp']);

/**
 * Work that may hold locks on visible tables for hours (validating a key). When one of them is to be
 * copied anew, it is ended on its server and begins again at the next look, without that table:
 * a cut-over would wait for it, and fail.
 */
export async function givingWay(
  session: PipelineSession,
  targetName: string,
  work: () => Promise<void>,
): Promise<void> {
  const before = await tablesIn(session, targetName, (phase) => phase === 'streaming');
  let gaveWay = false;
  const look = async (): Promise<void> => {
    const copied = await tablesIn(session, targetName, (phase) => COPIED.has(phase));
    if (![...copied].some((tableId) => before.has(tableId))) return;
    gaveWay = true;
    await session.interrupt();
  };
  // What cannot be seen now is seen at the next look.
  const timer = setInterval(() => void look().catch(() => undefined), LOOK_EVERY_MS);
  try {
    await work();
  } catch (thrown) {
    if (!gaveWay) throw thrown;
  } finally {
    clearInterval(timer);
  }
}

async function tablesIn(
  session: PipelineSession,
  targetName: string,
  isMeant: (phase: string) => boolean,
): Promise<Set<string>> {
  const { state } = await session.target(targetName);
  const rows = await state.tables.list(session.pipeline);
  const meant = rows.filter((row) => row.target === targetName && isMeant(row.phase));
  return new Set(meant.map((row) => row.tableId));
}
