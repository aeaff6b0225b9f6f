import { SluiceError } from '../core/errors.js';
import { FEED_KINDS, isSharedLane, laneNumber } from '../core/feed-kind.js';
import type { LaneRef } from '../core/protocol.js';
import { livingLanes, readLanes } from './lane-state.js';
import type { PipelineSession } from './pipeline-session.js';

/**
 * The lanes whose workflows have to end before a pipeline has stopped: one for each kind of feed,
 * whether it is there or not, and those that tables have for themselves.
 */
export async function lanesToAwait(
  session: PipelineSession,
  targets: readonly string[],
): Promise<LaneRef[]> {
  const { pipeline } = session;
  const refs: LaneRef[] = [];
  for (const target of targets) {
    const own = await ownLanes(session, target);
    const shared = FEED_KINDS.map((kind) => laneNumber(kind));
    refs.push(...[...shared, ...own].map((n) => ({ pipeline, target, n })));
  }
  return refs;
}

/** None where the target cannot tell: then nothing reads for it either, or only a shared lane. */
async function ownLanes(session: PipelineSession, name: string): Promise<number[]> {
  try {
    const { state } = await session.target(name);
    if ((await state.history.version()) === 0) return [];
    const living = livingLanes(await readLanes(state, session.pipeline, name));
    return living.map(({ n }) => n).filter((n) => !isSharedLane(n));
  } catch (thrown) {
    if (thrown instanceof SluiceError) return [];
    throw thrown;
  }
}
