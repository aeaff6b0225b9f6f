import { createHash } from 'node:crypto';
import type { FeedName } from '../../contract/feed.js';

/** Publication and slot of a feed, and which of them Sluice may create and drop. */
export interface FeedObjects {
  readonly publication: string;
  readonly slot: string;
  readonly mayCreatePublication: boolean;
  readonly mayCreateSlot: boolean;
}

const MAX_BYTES = 63;
const HASH_DIGITS = 10;
const UNAMBIGUOUS = /^[a-z0-9]+$/;

export function feedObjects(name: FeedName): FeedObjects {
  const own = ownName(name.pipeline, name.target);
  return {
    publication: name.publication ?? own,
    slot: name.slot ?? own,
    mayCreatePublication: name.mayCreate && name.publication === undefined,
    mayCreateSlot: name.mayCreate && name.slot === undefined,
  };
}

/**
 * `sluice_<pipeline>_<target>` in the characters that a slot may have (a-z, 0-9, _), at most 63
 * bytes. Names that lose something on the way, or that hold an underscore (a_b + c and a + b_c
 * would meet), carry a hash of both.
 */
export function ownName(pipeline: string, target: string): string {
  const plain = `sluice_${pipeline}_${target}`;
  const unambiguous = UNAMBIGUOUS.test(pipeline) && UNAMBIGUOUS.test(target);
  if (unambiguous && plain.length <= MAX_BYTES) return plain;
  const hash = createHash('sha256').update(`${pipeline}\0${target}`).digest('hex');
  return `${legal(plain).slice(0, MAX_BYTES - HASH_DIGITS - 1)}_${hash.slice(0, HASH_DIGITS)}`;
}

function legal(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_');
}

/**
 * The target that a slot of `ownName` serves; null when the slot is none of this pipeline's, or when
 * the target's name lost something on its way into the slot's.
 */
export function targetOfSlot(pipeline: string, slot: string): string | null {
  const before = legal(`sluice_${pipeline}_`);
  if (!slot.startsWith(before)) return null;
  const rest = slot.slice(before.length);
  const targets = [rest, rest.slice(0, -HASH_DIGITS - 1)];
  return targets.find((target) => ownName(pipeline, target) === slot) ?? null;
}

/** The comment by which Sluice knows a publication as its own. */
export function publicationComment(name: Pick<FeedName, 'pipeline' | 'target'>): string {
  return `Made by Sluice for pipeline ${name.pipeline}, target ${name.target}.`;
}

/** The target that such a comment names; null when it is none of this pipeline's. */
export function targetOfComment(pipeline: string, comment: string): string | null {
  const [before = '', after = ''] = publicationComment({ pipeline, target: '\n' }).split('\n');
  if (!comment.startsWith(before) || !comment.endsWith(after)) return null;
  return comment.slice(before.length, -after.length);
}
