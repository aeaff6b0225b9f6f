import type { ErrorCode } from '../../core/errors.js';
import { feedKindOfMode } from '../../core/feed-kind.js';
import { displayName } from '../../core/names.js';
import type { TargetDatabase } from '../../engines/engine.js';
import type { PipelineSession } from '../../session/pipeline-session.js';
import type { TableRow } from '../../state/store.js';
import { FLAG_LOCK_TIMEOUT_MS } from '../quarantine.js';

const LEFT = 'it left the configuration';

/**
 * It leaves its lane and, where Sluice put it there, the feed; position and rows stay. Nobody has to
 * mend its errors any more; its fault is that the source lacks it, or none.
 */
export async function detachTable(
  session: PipelineSession,
  target: TargetDatabase,
  row: TableRow,
): Promise<void> {
  const source = await session.source();
  const fault = (await source.listTables([row.source])).length > 0 ? null : missing(row);
  if (row.laneId !== null) {
    const flags = { applies: false, parks: false };
    await target.state.tables.setFlags(row.tableId, flags, FLAG_LOCK_TIMEOUT_MS);
    const kind = feedKindOfMode(row.mode);
    if (kind !== null) {
      await source.feed(kind).removeTables(session.feedName(row.target, kind), [row.source]);
    }
  }
  await target.state.tables.setFault(row.tableId, fault);
  const why = row.wanted === 'detach' ? row.wantedReason : null;
  await target.state.tables.setPhase(row.tableId, 'detached', fault?.message ?? why ?? LEFT);
  await target.state.journal.resolveErrors(row.pipeline, row.target, row.tableId);
}

function missing({ source }: TableRow): { code: ErrorCode; message: string } {
  const message =
    `The source has no table ${displayName(source)} any more: it was dropped or renamed there, ` +
    'or its login may not see it.';
  return { code: 'TABLE_MISSING', message };
}
