/**
 * Feeds that hold log on the source for a pipeline that nobody runs (spec section 4): forgotten, not
 * paused. Told by `status` and `check`, and by any worker that runs, to the target's log.
 */
import { feedKindOfLane } from '../core/feed-kind.js';
import type { Finding } from '../engines/contract/schema.js';
import type { LaneRow } from '../state/store.js';
import type { PipelineSession } from './pipeline-session.js';

const HOUR_MS = 3_600_000;
const MB = 1024 * 1024;

/** Null while the lane runs, has run within `abandonAfter`, or holds nothing. */
export async function findAbandoned(
  session: PipelineSession,
  lane: LaneRow,
): Promise<Finding | null> {
  const idleMs = Date.now() - lane.updatedAt.getTime();
  if (lane.position === null || idleMs < session.config.abandonAfter) return null;
  const kind = feedKindOfLane(lane.n);
  const source = await session.source();
  const { retainedBytes, inUse = false } = await source
    .feed(kind)
    .health(session.feedName(lane.target, kind));
  // The log of a source that is quite idle does not move, nor does the lane that reads it.
  if (retainedBytes === null || inUse) return null;
  return {
    severity: 'warning',
    code: 'feed.abandoned',
    subject: lane.target,
    message:
      `The change stream to ${lane.target} has not run for ${spanOf(idleMs)}, and the source ` +
      `keeps ${Math.round(retainedBytes / MB)} MB of log for it.`,
    remedy:
      `Start it with sluice start --pipeline ${session.pipeline}, or let the log go with ` +
      `sluice remove --pipeline ${session.pipeline}.`,
  };
}

function spanOf(ms: number): string {
  const hours = Math.floor(ms / HOUR_MS);
  return hours >= 1 ? `${hours} h` : `${Math.floor(ms / 60_000)} min`;
}
