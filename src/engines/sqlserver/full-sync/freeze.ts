import type { StageRef } from '../../contract/full-sync.js';
import { param } from '../param.js';
import { endParking, lockLaneOf } from '../state/table-flags.js';
import { laneBehind, readCatchUp, requireCopied } from './catch-up.js';
import { FREEZE } from './sql/state-sql.js';
import { requireStage } from './stage-record.js';
import type { TargetSessions } from './target-context.js';
import { beginTable, inTarget } from './target-context.js';

/**
 * @throws SluiceError LOCK_TIMEOUT, or SERVER_BUSY while the feed has not delivered all that the
 * copy has seen: a table frozen before that would be merged to a state that never was
 */
export async function freeze(
  context: TargetSessions,
  stage: StageRef,
  lockTimeoutMs: number,
): Promise<void> {
  await inTarget(context, async (query) => {
    const lane = await lockLaneOf(query, stage.tableId, lockTimeoutMs);
    await beginTable(query, stage);
    await requireStage(query, stage);
    await requireCopied(query, stage);
    const { lanePassed } = await readCatchUp(query, stage);
    if (!lanePassed) throw laneBehind(stage);
    const frozen = await query(FREEZE, [
      param.bigint('table', stage.tableId),
      param.nvarchar('position', lane?.position ?? null),
    ]);
    if (frozen.length > 0) await endParking(query, stage.tableId, lane, true);
  });
}
