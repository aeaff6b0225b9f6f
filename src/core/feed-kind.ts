/**
 * The kinds of change feed that a source may offer. Each is read by a lane of its own, so that a
 * table's kind says its lane: the number of a lane is the place of its kind here.
 */
export const FEED_KINDS = ['cdc', 'changeTracking'] as const;

/** cdc: every change, from the log; changeTracking: what came of the changes since the last look. */
export type FeedKind = (typeof FEED_KINDS)[number];

export function laneNumber(kind: FeedKind): number {
  return FEED_KINDS.indexOf(kind);
}

/** The feed that lane `n` reads. */
export function feedKindOfLane(n: number): FeedKind {
  return FEED_KINDS[n] ?? 'cdc';
}

/** The feed of a table's mode; null where it follows without one (watermark, loads by the clock). */
export function feedKindOfMode(mode: string): FeedKind | null {
  return FEED_KINDS.find((kind) => kind === mode) ?? null;
}
