import {
  feedKindOfLane,
  isSharedLane,
  laneNumber,
  tableOfLane,
  type FeedKind,
} from './feed-kind.js';

/** Lanes and poll loops that one worker runs at a time: each is an activity that lasts for hours. */
export const LANES_PER_WORKER = 200;

/** transaction: all tables of a feed share a lane; table: each has one of its own. */
export type Consistency = 'transaction' | 'table';

/** A table that follows a feed, or is about to. */
export interface LaneUser {
  readonly slug: string;
  readonly kind: FeedKind;
  /** The lane that it has; null: none yet, or none that it may go on with. */
  readonly lane: number | null;
  /** Its changes go through that lane already, so it stays there until it begins anew. */
  readonly follows: boolean;
}

export interface LaneChoice {
  /** By slug. */
  readonly lanes: ReadonlyMap<string, number>;
  /** Slugs of tables that follow in a lane of the other sort than `consistency` asks for. */
  readonly misplaced: readonly string[];
}

/**
 * The number of each table's lane. A lane's position belongs to one life of its table, so a number
 * that was given once is never given again.
 *
 * @param given all numbers that lanes of the target have
 */
export function chooseLanes(
  users: readonly LaneUser[],
  given: readonly number[],
  consistency: Consistency,
): LaneChoice {
  const lanes = new Map<string, number>();
  const misplaced: string[] = [];
  let last = given.reduce((most, n) => Math.max(most, tableOfLane(n)), 0);
  for (const { slug, kind, lane, follows } of users) {
    if (lane !== null && follows) {
      lanes.set(slug, lane);
      if (isSharedLane(lane) === (consistency === 'table')) misplaced.push(slug);
    } else if (consistency === 'transaction') {
      lanes.set(slug, laneNumber(kind));
    } else if (lane !== null && !isSharedLane(lane) && feedKindOfLane(lane) === kind) {
      lanes.set(slug, lane);
    } else {
      last += 1;
      lanes.set(slug, laneNumber(kind, last));
    }
  }
  return { lanes, misplaced };
}
