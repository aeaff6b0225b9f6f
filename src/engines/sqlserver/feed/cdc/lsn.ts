import type { Position } from '../../../contract/feed.js';

/**
 * A log sequence number: 4 bytes of virtual log file, 4 of block, 2 of slot. It sorts by its bytes,
 * so its 20 hex digits are a position as they are.
 */
const LSN_BYTES = 10;
const POSITION = /^[0-9a-f]{20}$/;
/** Blocks of the log are numbered by sectors. */
const SECTOR_BYTES = 512;
/** The size of a virtual log file cannot be seen in a number; most have at least this. */
const FILE_BYTES = 1024 * 1024;

/**
 * Before everything; also what the server answers for an instance that it does not know
 * (test/conformance/sqlserver/change-data-capture: "that is not there has an all-zero minimum").
 */
export const NO_LSN: Position = '0'.repeat(LSN_BYTES * 2);

/** @throws TypeError when it is not 10 bytes */
export function toPosition(lsn: Buffer): Position {
  if (lsn.length !== LSN_BYTES) throw new TypeError('An LSN has 10 bytes.');
  return lsn.toString('hex');
}

/** @throws TypeError for a position of another feed */
export function toLsn(position: Position): Buffer {
  if (!POSITION.test(position)) throw new TypeError(`${position} is no position of this feed.`);
  return Buffer.from(position, 'hex');
}

/** The next number after this one, whether the log has it or not. */
export function increment(position: Position): Position {
  const next = BigInt(`0x${position}`) + 1n;
  return next.toString(16).padStart(LSN_BYTES * 2, '0');
}

export function decrement(position: Position): Position {
  if (position === NO_LSN) return NO_LSN;
  const before = BigInt(`0x${position}`) - 1n;
  return before.toString(16).padStart(LSN_BYTES * 2, '0');
}

/** About how many bytes of log lie between; 0 only where nothing does. */
export function distanceBetween(from: Position, to: Position): number {
  if (to <= from) return 0;
  const start = toLsn(from);
  const end = toLsn(to);
  const files = end.readUInt32BE(0) - start.readUInt32BE(0);
  const sectors = end.readUInt32BE(4) - (files === 0 ? start.readUInt32BE(4) : 0);
  // What is left of the first file is not known, so only the files between are counted.
  return Math.max(1, sectors * SECTOR_BYTES + Math.max(0, files - 1) * FILE_BYTES);
}
