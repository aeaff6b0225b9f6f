import type { LaneMember } from '../../contract/lane.js';

/** A change of this table does not say which row it means, or cannot be made for another reason. */
export class UnusableChange extends Error {
  override readonly name = 'UnusableChange';
  constructor(
    readonly member: LaneMember,
    /** A part of a sentence; null: it came without its key. */
    readonly reason: string | null = null,
  ) {
    super('A change cannot be applied.');
  }
}
