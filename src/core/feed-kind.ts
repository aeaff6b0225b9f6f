/**
 * The kinds of change feed that a source may offer. Each is read by lanes of its own: the number of
 * a lane says its kind by its last digit, which is the place of the kind here, and by the rest
 * whether all tables share it (0) or which table has it for itself.
 */
export const FEED_KINDS = ['cdc', 'changeTracking'] as const;

/** cdc: every change, from the log; changeTracking: what came of the changes since the last look. */
export type FeedKind = (typeof FEED_KINDS)[number];

/** Numbers stand in the state of targets and in the ids of workflows: this never changes. */
const LANES_PER_TABLE = 10;

/** @param table 0: the lane of all tables that have none of their own */
export function laneNumber(kind: FeedKind, table = 0): number {
  return table * LANES_PER_TABLE + FEED_KINDS.indexOf(kind);
}

/** The feed that lane `n` reads. */
export function feedKindOfLane(n: number): FeedKind {
  return FEED_KINDS[n % LANES_PER_TABLE] ?? 'cdc';
}

/** The number of the one table that lane `n` serves; 0: it is shared. */
export function tableOfLane(n: number): number {
  return Math.floor(n / LANES_PER_TABLE);
}

export function isSharedLane(n: number): boolean {
  return tableOfLane(n) === 0;
}

/** The feed of a table's mode; null where it follows without one (watermark, loads by the clock). */
export function feedKindOfMode(mode: string): FeedKind | null {
  return FEED_KINDS.find((kind) => kind === mode) ?? null;
}
