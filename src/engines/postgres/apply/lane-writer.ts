import type { Change } from '../../../core/change.js';
import { BatchCounter } from '../../contract/batch-counter.js';
import type { Position } from '../../contract/feed.js';
import type {
  BatchCounts,
  LaneClaim,
  LaneMembership,
  LaneWriter,
  TableFault,
} from '../../contract/lane.js';
import { LaneTableFault, MembershipChanged } from '../../contract/lane.js';
import type { PgConnection } from '../connection-options.js';
import { isMembershipChanged, toPgError } from '../pg-errors.js';
import type { ApplySession } from './apply-session.js';
import { openApplySession } from './apply-session.js';
import { countSteps } from './batch-counts.js';
import type { ClaimedLane } from './claim.js';
import { claimLane } from './claim.js';
import { LaneSteps } from './lane-steps.js';
import { LaneTransaction } from './lane-transaction.js';
import { MemberLookup } from '../../contract/member-lookup.js';
import { PendingEntries } from '../../contract/pending-entries.js';
import { readMembership } from './membership.js';
import { assertNeutralHeld } from './neutral-values.js';
import { ParkedShapes } from './park-steps.js';
import { PlanCache } from './plan-cache.js';
import { StepFailure, runSteps } from './run-steps.js';
import { setAside } from './set-aside.js';
import { START_PARKING } from './sql/lane.js';
import { StatementNames } from './statement-names.js';
import { endClient } from '../end-client.js';

/**
 * Claim a lane of a PostgreSQL target on a session of its own.
 *
 * @param owner names the worker, for people who look into sluice.lane
 * @throws SluiceError STATE_MISSING without a first position; as connectPg does
 */
export async function openLaneWriter(
  connection: PgConnection,
  laneId: string,
  owner: string,
): Promise<PgLaneWriter> {
  const session = await openApplySession(connection);
  try {
    return new PgLaneWriter(session, await claimLane(session.client, laneId, owner));
  } catch (error) {
    await endClient(session.client);
    throw error;
  }
}

/** LaneWriter for PostgreSQL; see the contract. Calls must not overlap. */
export class PgLaneWriter implements LaneWriter {
  readonly claim: LaneClaim;
  private readonly names = new StatementNames();
  private readonly plans: PlanCache;
  private readonly shapes: ParkedShapes;
  private readonly lane: LaneSteps;
  private position: Position;
  private parkedSeq: bigint;
  private lookup: MemberLookup | null = null;
  private transaction: LaneTransaction | null = null;
  private pending = new PendingEntries();
  private counter = new BatchCounter();

  constructor(
    private readonly session: ApplySession,
    claimed: ClaimedLane,
  ) {
    this.claim = claimed.claim;
    this.position = claimed.claim.position;
    this.parkedSeq = claimed.parkedSeq;
    this.plans = new PlanCache(session.client);
    this.shapes = new ParkedShapes(session.client);
    this.lane = new LaneSteps(this.names, this.claim);
  }

  /** False: the role may not quiet the target's triggers and foreign keys; `check` reports it. */
  get replicaRole(): boolean {
    return this.session.replica;
  }

  async readMembership(): Promise<LaneMembership> {
    await this.rollback();
    const { client, replica } = this.session;
    const membership = await readMembership(client, this.claim.laneId, replica).catch(
      (error: unknown) => {
        throw toPgError(error, 'the target');
      },
    );
    this.lookup = new MemberLookup(membership);
    // Tables may have been swapped since: a name is not the same table any more.
    this.plans.clear();
    return membership;
  }

  async startParking(tableIds: readonly string[]): Promise<void> {
    await this.rollback();
    if (tableIds.length === 0) return;
    const { membership } = await this.members();
    const values = [`{${tableIds.map((id) => BigInt(id)).join()}}`, this.position];
    const park = this.names.statement(START_PARKING, [], values);
    const steps = [
      ...this.lane.begin(membership.revision, this.position),
      { tableId: null, statement: park, expected: null },
      this.lane.commit(),
    ];
    await this.runAlone(steps);
  }

  async write(changes: readonly Change[], membership: LaneMembership, ends = true): Promise<void> {
    const lookup = await this.useMembership(membership);
    for (const [i, change] of changes.entries()) {
      const member = lookup.find(change.shape);
      if (member === null || !(member.applies || member.parks)) continue;
      assertNeutralHeld(change, member);
      const entry = { change, member };
      this.counter.add(entry);
      this.pending.add(entry);
      const last = ends && i === changes.length - 1;
      if (!this.pending.isFull(last)) continue;
      await this.finishing(async () => this.begun(lookup).add(this.pending.take(last)));
    }
  }

  async commit(to: Position, time: Date | null, transactions: number): Promise<BatchCounts> {
    const lookup = await this.members();
    const { counter } = this;
    const missing = await this.finishing(async () =>
      this.begun(lookup).finish(this.pending.take(true), (found) => [
        ...countSteps(counter, found, this.names),
        ...this.lane.checkpoint(to, time, transactions, counter),
      ]),
    );
    const parked = counter.total('parkedRows');
    this.position = to;
    this.parkedSeq += BigInt(parked);
    this.reset();
    return {
      transactions,
      inserts: counter.total('inserts'),
      updates: counter.total('updates'),
      deletes: counter.total('deletes'),
      parked,
      missing: [...missing.values()].reduce((sum, count) => sum + count, 0),
    };
  }

  async rollback(): Promise<void> {
    const { transaction } = this;
    this.reset();
    await transaction?.abort();
  }

  async setAside(fault: TableFault): Promise<void> {
    await this.rollback();
    await setAside(this.session.client, this.claim, fault);
  }

  async close(): Promise<void> {
    this.reset();
    await endClient(this.session.client);
  }

  private begun(lookup: MemberLookup): LaneTransaction {
    this.transaction ??= new LaneTransaction(
      this.session.client,
      { plans: this.plans, names: this.names, replica: this.session.replica },
      this.shapes,
      {
        begin: () => this.lane.begin(lookup.membership.revision, this.position),
        firstParkedSeq: this.parkedSeq,
        position: this.position,
      },
    );
    return this.transaction;
  }

  /** After an error the transaction is rolled back already: begin anew with the next write. */
  private async finishing<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.reset();
      const known = error instanceof MembershipChanged || error instanceof LaneTableFault;
      // The driver's own errors too: a session that was ended says so at the next statement.
      throw known ? error : toPgError(error, 'the target');
    }
  }

  private async members(): Promise<MemberLookup> {
    if (this.lookup === null) await this.readMembership();
    if (this.lookup === null) throw new MembershipChanged();
    return this.lookup;
  }

  private async useMembership(membership: LaneMembership): Promise<MemberLookup> {
    if (this.lookup?.membership === membership) return this.lookup;
    if (this.lookup?.membership.revision !== membership.revision && !this.counter.isEmpty) {
      await this.rollback();
      throw new MembershipChanged();
    }
    this.lookup = new MemberLookup(membership);
    return this.lookup;
  }

  private reset(): void {
    this.transaction = null;
    this.pending = new PendingEntries();
    this.counter = new BatchCounter();
  }

  private async runAlone(steps: Parameters<typeof runSteps>[1]): Promise<void> {
    try {
      await runSteps(this.session.client, steps, new Map());
    } catch (failure) {
      await this.session.client.query('rollback').catch(() => undefined);
      const error = failure instanceof StepFailure ? failure.error : failure;
      throw isMembershipChanged(error) ? new MembershipChanged() : error;
    }
  }
}
