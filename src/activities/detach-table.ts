import { feedKindOfMode } from '../core/feed-kind.js';
import type { TargetDatabase } from '../engines/engine.js';
import type { PipelineSession } from '../session/pipeline-session.js';
import type { TableRow } from '../state/store.js';
import { FLAG_LOCK_TIMEOUT_MS } from './quarantine.js';

/** It leaves its lane and, where Sluice put it there, the feed; position and rows stay. */
export async function detachTable(
  session: PipelineSession,
  target: TargetDatabase,
  row: TableRow,
): Promise<void> {
  if (row.laneId !== null) {
    const flags = { applies: false, parks: false };
    await target.state.tables.setFlags(row.tableId, flags, FLAG_LOCK_TIMEOUT_MS);
    const kind = feedKindOfMode(row.mode);
    const source = await session.source();
    if (kind !== null) {
      await source.feed(kind).removeTables(session.feedName(row.target, kind), [row.source]);
    }
  }
  await target.state.tables.setPhase(row.tableId, 'detached', 'left the configuration');
}
