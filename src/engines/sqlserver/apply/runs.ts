import type { Change, Shape } from '../../../core/change.js';
import type { BatchEntry } from '../../contract/batch-entry.js';
import type { LaneMember } from '../../contract/lane.js';

/** Changes of one table and shape, to be folded and applied together. */
export interface Run {
  readonly kind: 'run';
  readonly member: LaneMember;
  readonly shape: Shape;
  readonly changes: Change[];
}

export interface TruncateRun {
  readonly kind: 'truncate';
  readonly member: LaneMember;
  readonly shape: Shape;
}

/**
 * The entries that are applied, as runs. A truncate is a border for all tables, a new shape for its
 * own; with `ordered` the order is kept between tables too.
 */
export function runsOf(entries: readonly BatchEntry[], ordered: boolean): (Run | TruncateRun)[] {
  const result: (Run | TruncateRun)[] = [];
  const open = new Map<string, Run>();
  for (const { change, member } of entries) {
    if (!member.applies) continue;
    if (change.op === 't') {
      open.clear();
      result.push({ kind: 'truncate', member, shape: change.shape });
      continue;
    }
    const run = open.get(member.tableId);
    if (run?.shape === change.shape) {
      run.changes.push(change);
      continue;
    }
    if (ordered) open.clear();
    const begun: Run = { kind: 'run', member, shape: change.shape, changes: [change] };
    open.set(member.tableId, begun);
    result.push(begun);
  }
  return result;
}
