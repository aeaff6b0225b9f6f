import type { Change } from '../../core/change.js';
import type { TableName } from '../../core/names.js';
import type { Position } from './feed.js';

/** A table as the lane knows it: what to do with its changes. */
export interface LaneMember {
  readonly tableId: string;
  readonly source: TableName;
  readonly target: TableName;
  readonly applies: boolean;
  readonly parks: boolean;
  readonly parksFrom: Position | null;
  readonly fold: boolean;
  /** Changes of it were lost, and nothing has begun to mend that yet. Default: no. */
  readonly lost?: boolean;
}

export interface LaneClaim {
  readonly laneId: string;
  readonly fence: string;
  readonly position: Position;
  readonly lineage: string;
  /** The last source transaction that the target has; null: none since its position was set. */
  readonly last: { readonly position: Position; readonly time: Date | null } | null;
  /** When its checkpoint moved last, or later, by the clock of the target. */
  readonly movedAt: Date;
}

export interface LaneMembership {
  readonly revision: string;
  readonly members: readonly LaneMember[];
}

export interface BatchCounts {
  readonly transactions: number;
  readonly inserts: number;
  readonly updates: number;
  readonly deletes: number;
  readonly parked: number;
  /** Updates and deletes that found no row on the target. */
  readonly missing: number;
}

/** Which table made a batch fail, when it was one table's fault. */
export interface TableFault {
  readonly tableId: string;
  readonly code: string;
  readonly message: string;
}

/**
 * Writes a lane's batches. One target transaction at a time: `write` as often as needed, then
 * `commit`. Every transaction begins by asserting fence, membership and position, and ends with
 * the checkpoint, so that it takes effect exactly once whatever dies or runs twice.
 *
 * Errors thrown by write and commit: FENCED_OUT (a newer owner), MembershipChanged (read the
 * membership again and repeat the batch), LaneTableFault (one table's rows cannot be applied;
 * nothing was written), CONNECTION_LOST (outcome unknown: claim again and compare positions).
 */
export interface LaneWriter {
  readonly claim: LaneClaim;
  readMembership(): Promise<LaneMembership>;
  /** Commit `parksFrom` = the present position for the members that begin to park. */
  startParking(tableIds: readonly string[]): Promise<void>;
  /**
   * Begin a transaction if none is open and write these changes; membership decides how.
   *
   * @param ends the source's transaction ends with them, or has none of them yet; default: it does
   */
  write(changes: readonly Change[], membership: LaneMembership, ends?: boolean): Promise<void>;
  /**
   * Make everything written since the last commit durable together with the checkpoint. With
   * nothing written it only moves the checkpoint.
   */
  commit(to: Position, time: Date | null, transactions: number): Promise<BatchCounts>;
  rollback(): Promise<void>;
  /** Take a table out of the lane: stop applying, park instead, phase quarantined, with a reason. */
  setAside(fault: TableFault): Promise<void>;
  close(): Promise<void>;
}

/** Thrown by a LaneWriter when another step changed who is applied and who is parked. */
export class MembershipChanged extends Error {
  override readonly name = 'MembershipChanged';
}

/** Thrown by a LaneWriter when one table's rows cannot be applied; the transaction is rolled back. */
export class LaneTableFault extends Error {
  override readonly name = 'LaneTableFault';
  constructor(readonly fault: TableFault) {
    super(fault.message);
  }
}
