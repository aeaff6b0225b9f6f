import { createHash } from 'node:crypto';

/** PostgreSQL cuts longer names in silence (documentation, "Identifiers and Key Words"). */
export const MAX_NAME_BYTES = 63;

const HASH_DIGITS = 8;

/** A name of at most 63 bytes; a longer one is cut and gets a hash, so that it stays unique. */
export function shortName(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_DIGITS);
  let head = '';
  for (const character of name) {
    if (Buffer.byteLength(head + character) > MAX_NAME_BYTES - HASH_DIGITS - 1) break;
    head += character;
  }
  return `${head}_${hash}`;
}
