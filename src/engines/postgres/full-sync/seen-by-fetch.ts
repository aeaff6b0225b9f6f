import type { StageRef } from '../../contract/full-sync.js';
import { NOT_TOLD_YET } from '../apply/stage-writers.js';
import { WAITS_TO_BE_TOLD, TELL_SEEN } from './sql/seen-by-fetch.js';
import type { TargetContext } from './target-context.js';
import { beginTable, inTarget, onTarget } from './target-context.js';

/**
 * Rows of a stage that were fetched from a source which tells only later what they may have seen: it
 * is waited for here, after the transaction that wrote them, as nobody may wait for that one. Until
 * then the stage is not shown. A worker that died before this leaves it to the next drain.
 *
 * @throws SluiceError SERVER_BUSY while the source does not tell
 */
export async function tellSeenByFetch(context: TargetContext, stage: StageRef): Promise<void> {
  const { logEnd } = context;
  if (logEnd === undefined || !(await isWaiting(context, stage))) return;
  const seen = await logEnd();
  await inTarget(context, async (session) => {
    await beginTable(session, stage);
    await session.rows(TELL_SEEN, [stage.tableId, NOT_TOLD_YET, seen]);
  });
}

async function isWaiting(context: TargetContext, stage: StageRef): Promise<boolean> {
  const values = [stage.tableId, NOT_TOLD_YET];
  const { rows } = await onTarget(context, (client) => client.query(WAITS_TO_BE_TOLD, values));
  return rows.length > 0;
}
