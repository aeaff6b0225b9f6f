import { feedKindOfMode } from '../../core/feed-kind.js';
import type { TableStepContext } from '../table-step.js';

const LOOK_EVERY_MS = 50;
/** Come back so that the workflow can say what is being waited for. */
const SAY_AFTER_MS = 20_000;

/**
 * The order of design section 4: the table is in the feed and its lane has committed that it parks
 * the table; then every source transaction that was running has to end. Only then may the first row
 * be read. The mark is taken anew when this is repeated, which only waits longer.
 */
export async function awaitHandOver(
  context: TableStepContext,
): Promise<{ ready: boolean; waitingFor: string | null }> {
  const { source, target, row, run } = context;
  const kind = feedKindOfMode(row.mode);
  if (kind === null) return { ready: true, waitingFor: null };
  const feed = source.feed(kind);
  const until = Date.now() + SAY_AFTER_MS;
  const over = (): boolean => run.dueToReturn() || Date.now() > until;
  for (;;) {
    const present = await target.state.tables.get(row.tableId);
    if (present?.parksFrom != null) break;
    if (over()) return { ready: false, waitingFor: 'the change stream to keep its changes' };
    await run.pause(LOOK_EVERY_MS);
  }
  const barrier = await feed.takeBarrier();
  for (;;) {
    const { passed, waitingFor } = await feed.barrierPassed(barrier);
    if (passed) return { ready: true, waitingFor: null };
    // A mark taken again would wait for newer transactions too: keep this one as long as we can.
    if (run.dueToReturn()) return { ready: false, waitingFor };
    run.report({ waitingFor });
    await run.pause(LOOK_EVERY_MS);
  }
}
