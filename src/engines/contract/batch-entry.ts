import type { Change } from '../../core/change.js';
import type { LaneMember } from './lane.js';

/** A change with what the lane does with it. */
export interface BatchEntry {
  readonly change: Change;
  readonly member: LaneMember;
}
