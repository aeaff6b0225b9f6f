import type { LaneRow } from '../state/store.js';

/** More log than an idle stream leaves between two moves of its checkpoint. */
const IDLE_BYTES = 64 * 1024 * 1024;
const SAME_MOMENT_MS = 1_000;

/**
 * Until when the target is known to have everything: the commit time of the last transaction, or
 * the later move of the checkpoint when the stream had nothing to bring. A large rest of log means
 * that the stream had not come to the end, so that move proves nothing.
 */
export function currentUntil(
  lane: Pick<LaneRow, 'sourceTime' | 'updatedAt'>,
  last: { readonly at: Date } | null,
  behindBytes: number | null,
): Date | null {
  const { sourceTime, updatedAt } = lane;
  const movedIdly = last === null || updatedAt.getTime() > last.at.getTime() + SAME_MOMENT_MS;
  if (!movedIdly || behindBytes === null || behindBytes > IDLE_BYTES) return sourceTime;
  return sourceTime === null || updatedAt > sourceTime ? updatedAt : sourceTime;
}
