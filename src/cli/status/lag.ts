import type { TableRow } from '../../state/store.js';
import type { LaneFacts } from './facts.js';

export interface Lag {
  /** Age of the oldest source commit that may be missing on the target; 0: nothing is missing. */
  readonly seconds: number;
  readonly bytes: number | null;
}

/**
 * How old the oldest missing source commit can be at most. Truthful while nothing moves: the end of
 * the source was read just now, and not through the stream. Null where nothing is known to compare.
 */
export function laneLag(facts: LaneFacts, now: Date): Lag | null {
  if (facts.behindBytes === 0) return { seconds: 0, bytes: 0 };
  if (facts.currentUntil === null) return null;
  return { seconds: secondsBetween(facts.currentUntil, now), bytes: facts.behindBytes };
}

/**
 * Seconds until the source cleans away what the lane has not brought yet; null where nothing waits,
 * or nothing is cleaned away by the clock.
 */
export function untilCleanUp(facts: LaneFacts, now: Date): number | null {
  if (facts.keepsSeconds === null || facts.currentUntil === null) return null;
  if (facts.behindBytes === 0) return null;
  return Math.max(0, facts.keepsSeconds - secondsBetween(facts.currentUntil, now));
}

/** A table that is out of the stream is as old as the first change that waits for it. */
export function tableLag(table: TableRow, lane: LaneFacts | null, now: Date): Lag | null {
  if (lane === null) return null;
  const ofLane = laneLag(lane, now);
  if (table.applies) return ofLane;
  if (!table.parks || table.phase === 'fullSync' || table.parkedSince === null) {
    return table.parks && table.phase !== 'fullSync' ? ofLane : null;
  }
  const seconds = secondsBetween(table.parkedSince, now);
  return { seconds: Math.max(seconds, ofLane?.seconds ?? 0), bytes: ofLane?.bytes ?? null };
}

function secondsBetween(from: Date, to: Date): number {
  return Math.max(0, (to.getTime() - from.getTime()) / 1000);
}
