import { createHash } from 'node:crypto';

/** What the names of pipelines and connections may have. */
const LONGEST = 40;
const DIGEST = 8;

/** Read back without doubt when joined with two hyphens. */
const PLAIN = /^[a-z0-9]+(?:[-_][a-z0-9]+)*$/;

/**
 * One name for several names that somebody wrote in SQL: `sourceserver1--sales--reports`. It is the
 * same at every reading. Names that differ in case alone mean the same to most servers and to the
 * state in a destination, so case is dropped; whatever else is lost is told apart by a digest.
 */
export function joinNames(parts: readonly string[]): string {
  const lower = parts.map((part) => part.toLowerCase());
  const name = lower.join('--');
  if (lower.every((part) => PLAIN.test(part)) && /^[a-z]/.test(name) && name.length <= LONGEST) {
    return name;
  }
  const digest = createHash('sha256').update(JSON.stringify(lower)).digest('hex').slice(0, DIGEST);
  const readable = lower.map((part) => part.replaceAll(/[^a-z0-9]+/g, '_')).join('--');
  const legal = /^[a-z]/.test(readable) ? readable : `p${readable}`;
  return `${legal.slice(0, LONGEST - DIGEST - 1)}-${digest}`;
}
