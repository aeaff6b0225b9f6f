import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import type { LaneMember } from '../../contract/lane.js';
import { LaneTableFault } from '../../contract/lane.js';
import { msNumberOf } from '../ms-errors.js';

/** An error with the table whose statement or value raised it. */
export class TableFailure extends Error {
  override readonly name = 'TableFailure';
  constructor(
    readonly error: unknown,
    readonly member: LaneMember,
  ) {
    super('Changes of a table could not be applied.');
  }
}

export async function ofTable<T>(member: LaneMember, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof TableFailure ? error : new TableFailure(error, member);
  }
}

/**
 * What the caller of a LaneWriter gets to see: LaneTableFault when the failure is about a table's
 * rows, its shape or a lock on it, else the error itself, which concerns the whole lane.
 */
export function meaningForLane(failure: unknown): unknown {
  if (!(failure instanceof TableFailure)) return failure;
  const { error, member } = failure;
  const name = displayName(member.target);
  if (!(error instanceof SluiceError)) return error;
  if (error.code === 'LOCK_TIMEOUT') return lockedFault(member);
  const foreseen = error.kind === 'permanent';
  // A number that the catalogue does not know, or one that a trigger raised: not the lane's affair.
  const raised = error.code === 'UNEXPECTED' && msNumberOf(error) !== undefined;
  if (!foreseen && !raised) return error;
  const number = error.vendorCode === undefined ? '' : ` (error ${error.vendorCode})`;
  return new LaneTableFault({
    tableId: member.tableId,
    code: foreseen ? error.code : 'ROW_REJECTED',
    message: `Changes of ${name} cannot be applied${number}. ${error.message}`,
  });
}

/** The table waits by itself, and goes on by itself: the others of the lane do not wait with it. */
function lockedFault({ tableId, target }: LaneMember): LaneTableFault {
  const message =
    `Another session holds a lock on ${displayName(target)}. Its changes are kept, and it ` +
    'goes on by itself when the lock is gone.';
  return new LaneTableFault({ tableId, code: 'LOCK_TIMEOUT', message });
}

/** A change that does not say which row it means. */
export function unusable(member: LaneMember): SluiceError {
  const message = `A change of ${displayName(member.target)} came without the key of its row.`;
  return new SluiceError('KEY_MISSING', message, { remedy: 'Resync the table.' });
}
