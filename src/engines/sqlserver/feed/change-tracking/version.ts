import type { Position } from '../../../contract/feed.js';

/** Versions are numbers of 64 bits; with leading zeros their texts sort as they do. */
const DIGITS = 20;
const VERSION = /^\d{1,19}$/;
const POSITION = /^\d{20}$/;

/** @throws TypeError for what is no version */
export function toPosition(version: string): Position {
  if (!VERSION.test(version)) throw new TypeError(`${version} is no version.`);
  return version.padStart(DIGITS, '0');
}

/** @throws TypeError for a position of another feed */
export function toVersion(position: Position): string {
  if (!POSITION.test(position)) throw new TypeError(`${position} is no position of this feed.`);
  return BigInt(position).toString();
}
