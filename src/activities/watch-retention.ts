/**
 * A source that cleans its changes away by the clock, read or not: a lane that stands still for half
 * of that time is an alert, as its tables have to be copied again after the rest (reference 11.8).
 */
import { feedKindOfLane } from '../core/feed-kind.js';
import type { PipelineSession } from '../session/pipeline-session.js';

const ALERT_AT = 0.5;
const HOUR_S = 3_600;

/** Lanes that this worker has told of; one that moves again may be told of again. */
const told = new Set<string>();

export async function watchRetention(session: PipelineSession, targetName: string): Promise<void> {
  const { pipeline } = session;
  const { state } = await session.target(targetName);
  const source = await session.source();
  for (const lane of await state.lanes.list(pipeline)) {
    if (lane.target !== targetName || lane.position === null) continue;
    const kind = feedKindOfLane(lane.n);
    const { keepsSeconds = null } = await source
      .feed(kind)
      .health(session.feedName(targetName, kind));
    const stoodSeconds = (Date.now() - lane.updatedAt.getTime()) / 1_000;
    const key = JSON.stringify([pipeline, targetName, lane.n]);
    if (keepsSeconds === null || stoodSeconds < keepsSeconds * ALERT_AT) {
      told.delete(key);
      continue;
    }
    if (told.has(key)) continue;
    told.add(key);
    const message =
      `The change stream of ${targetName} has stood still for ${hours(stoodSeconds)}. The source keeps ` +
      `changes for ${hours(keepsSeconds)}; after that its tables have to be copied again.`;
    const event = { pipeline, target: targetName, level: 'warning', kind: 'feed.cleanup' } as const;
    await state.journal.event({ ...event, message });
  }
}

function hours(seconds: number): string {
  return `${String(Math.round(seconds / HOUR_S))} h`;
}
