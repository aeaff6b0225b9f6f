/**
 * Tables that their lane set aside because somebody held a lock on the target. They go on by
 * themselves when it is gone. One that is locked again and again comes back less and less often: each
 * time its lane, and the other tables in it, wait for the lock once more.
 */
import type { PipelineSession } from '../../session/pipeline-session.js';
import type { TargetDatabase } from '../../engines/engine.js';
import type { TableRow } from '../../state/store.js';
import { goOn } from '../go-on.js';

const FIRST_REST_MS = 5_000;
const LONGEST_REST_MS = 10 * 60_000;

interface Comeback {
  readonly at: number;
  readonly restMs: number;
}

/** The last ones of a worker, by table. */
export type Comebacks = Map<string, Comeback>;

export async function watchLocked(
  session: PipelineSession,
  targetName: string,
  comebacks: Comebacks,
  now: () => number = Date.now,
): Promise<void> {
  const target = await session.target(targetName);
  const rows = (await target.state.tables.list(session.pipeline)).filter(
    (row) => row.target === targetName && isSetAside(row),
  );
  for (const row of rows) {
    const last = comebacks.get(row.tableId);
    if (last !== undefined && now() - last.at < last.restMs) continue;
    if (await target.isLocked?.(row.targetTable)) continue;
    const rested = last === undefined || now() - last.at > 2 * LONGEST_REST_MS;
    const restMs = rested ? FIRST_REST_MS : Math.min(last.restMs * 2, LONGEST_REST_MS);
    comebacks.set(row.tableId, { at: now(), restMs });
    await comeBack(target, row);
  }
}

function isSetAside(row: TableRow): boolean {
  return row.phase === 'quarantined' && row.faultCode === 'LOCK_TIMEOUT' && row.laneId !== null;
}

async function comeBack(target: TargetDatabase, row: TableRow): Promise<void> {
  await goOn(target, row, 'the lock on the target table is gone');
}
