import type { Position } from '../../contract/feed.js';
import { formatLsnFixed, parseLsn } from '../replication/lsn.js';

/** The server's `16/B374D848` as a position. Throws SluiceError FEED_CHANGED on anything else. */
export function toPosition(lsn: string): Position {
  return formatLsnFixed(parseLsn(lsn));
}

/** Bytes of log between two positions; 0 where `to` is not after `from`. */
export function distanceBetween(from: Position, to: Position): number {
  const bytes = parseLsn(to) - parseLsn(from);
  return bytes > 0n ? Number(bytes) : 0;
}

export function comparePositions(a: Position, b: Position): number {
  const left = parseLsn(a);
  const right = parseLsn(b);
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
