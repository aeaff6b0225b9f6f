/**
 * A source that cleans its changes away by the clock, read or not: a lane that is behind by half of
 * that time is an alert, as its tables have to be copied again after the rest (reference 11.8).
 */
import { feedKindOfLane, type FeedKind } from '../../core/feed-kind.js';
import type { Position } from '../../engines/contract/feed.js';
import { currentUntil } from '../../session/current-until.js';
import { keptByKind } from '../../session/kept-by-kind.js';
import { livingLanes, readLanes } from '../../session/lane-state.js';
import type { PipelineSession } from '../../session/pipeline-session.js';
import type { LaneRow, StateStore } from '../../state/store.js';

const ALERT_AT = 0.5;
const HOUR_S = 3_600;

/**
 * Where the source's end was when a lane was first seen late. Only what is still missing at the
 * next look is: on a quiet source the first change after long makes any lane look late for a moment.
 */
const seenLate = new Map<string, Position>();
/** Lanes that this worker has told of; one that catches up may be told of again. */
const told = new Set<string>();

export async function watchRetention(session: PipelineSession, targetName: string): Promise<void> {
  const { pipeline } = session;
  const { state } = await session.target(targetName);
  const kept = keptByKind(session, targetName);
  // Asked once for all lanes of a kind: a target may have hundreds.
  const ends = new Map<FeedKind, Promise<Position>>();
  const endOf = (kind: FeedKind): Promise<Position> => {
    const known = ends.get(kind) ?? session.source().then((source) => source.feed(kind).end());
    ends.set(kind, known);
    return known;
  };
  for (const lane of livingLanes(await readLanes(state, pipeline, targetName))) {
    const keepsSeconds = await kept(feedKindOfLane(lane.n));
    if (lane.position === null || keepsSeconds === null) continue;
    const key = JSON.stringify([pipeline, targetName, lane.n]);
    const late = await lateBy(session, state, lane, endOf);
    if (late === null || late.seconds < keepsSeconds * ALERT_AT) {
      seenLate.delete(key);
      told.delete(key);
      continue;
    }
    const missing = seenLate.get(key);
    if (missing === undefined || hasReached(session, lane.position, missing)) {
      seenLate.set(key, late.end);
      continue;
    }
    if (told.has(key)) continue;
    told.add(key);
    const message =
      `The change stream of ${targetName} is ${hours(late.seconds)} behind. The source keeps ` +
      `changes for ${hours(keepsSeconds)}; after that its tables have to be copied again.`;
    const event = { pipeline, target: targetName, level: 'warning', kind: 'feed.cleanup' } as const;
    await state.journal.event({ ...event, message });
  }
}

/** Null where the lane lacks nothing, or never had anything. */
async function lateBy(
  session: PipelineSession,
  state: StateStore,
  lane: LaneRow,
  endOf: (kind: FeedKind) => Promise<Position>,
): Promise<{ readonly seconds: number; readonly end: Position } | null> {
  const { position } = lane;
  if (position === null) return null;
  const kind = feedKindOfLane(lane.n);
  const end = await endOf(kind);
  if (hasReached(session, position, end)) return null;
  const feed = (await session.source()).feed(kind);
  const last = await state.history.lastCheckpoint(lane.laneId);
  const until = currentUntil(lane, last, feed.distance(position, end) ?? 0);
  return until === null ? null : { seconds: (Date.now() - until.getTime()) / 1_000, end };
}

function hasReached(session: PipelineSession, position: Position, end: Position): boolean {
  return session.sourceEngine().comparePositions(position, end) >= 0;
}

function hours(seconds: number): string {
  return `${String(Math.round(seconds / HOUR_S))} h`;
}
