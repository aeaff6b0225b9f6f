import type { StageRef } from '../../contract/full-sync.js';
import { endParking, lockLaneOf } from '../state/table-flags.js';
import { laneBehind, readCatchUp, requireCopied } from './catch-up.js';
import { requireStage } from './stage-record.js';
import type { TargetContext } from './target-context.js';
import { beginTable, inTarget } from './target-context.js';

/** From here on the live table stands at the lane's position; its changes are parked only. */
const FREEZE = `
update sluice.table_state
   set applies = false, cutover_step = 'frozen', position = coalesce($2, position),
       updated_at = clock_timestamp()
 where table_id = $1 and cutover_step is null
returning table_id`;

/**
 * @throws SluiceError LOCK_TIMEOUT, or SERVER_BUSY while the feed has not delivered all that the
 * copy has seen: a table frozen before that would be merged to a state that never was
 */
export async function freeze(
  context: TargetContext,
  stage: StageRef,
  lockTimeoutMs: number,
): Promise<void> {
  await inTarget(context, async (session) => {
    const lane = await lockLaneOf(session, stage.tableId, lockTimeoutMs);
    await beginTable(session, stage);
    await requireStage(session, stage);
    await requireCopied(session, stage);
    const { lanePassed } = await readCatchUp(session, stage);
    if (!lanePassed) throw laneBehind(stage);
    const frozen = await session.rows(FREEZE, [stage.tableId, lane?.position ?? null]);
    if (frozen.length > 0) await endParking(session, stage.tableId, lane, true);
  });
}
