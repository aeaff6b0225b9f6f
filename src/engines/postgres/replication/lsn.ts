import { SluiceError } from '../../../core/errors.js';

/** A byte position in the write-ahead log, 0 to 2^64-1. 0 means "none". */
export type Lsn = bigint;

export const LSN_NONE: Lsn = 0n;

const LSN_TEXT = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/;

/** Read `16/B374D848`, padded or not. Throws SluiceError FEED_CHANGED on anything else. */
export function parseLsn(text: string): Lsn {
  const match = LSN_TEXT.exec(text);
  if (match === null) {
    throw new SluiceError('FEED_CHANGED', 'A stored position is not a PostgreSQL WAL position.', {
      remedy: 'Check that the pipeline still points at the same source, then resync its tables.',
    });
  }
  return (BigInt(`0x${match[1]}`) << 32n) | BigInt(`0x${match[2]}`);
}

/** As the server prints it: `16/B374D848`. */
export function formatLsn(lsn: Lsn): string {
  const high = (lsn >> 32n).toString(16).toUpperCase();
  const low = (lsn & 0xffffffffn).toString(16).toUpperCase();
  return `${high}/${low}`;
}

/** `00000016/B374D848`: sorts as text as the positions do. parseLsn and the server read it too. */
export function formatLsnFixed(lsn: Lsn): string {
  const hex = lsn.toString(16).toUpperCase().padStart(16, '0');
  return `${hex.slice(0, 8)}/${hex.slice(8)}`;
}

export function compareLsn(left: Lsn, right: Lsn): -1 | 0 | 1 {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

export function maxLsn(left: Lsn, right: Lsn): Lsn {
  return left < right ? right : left;
}
