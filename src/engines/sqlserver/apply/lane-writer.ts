import { setTimeout as delay } from 'node:timers/promises';
import type { Change } from '../../../core/change.js';
import { SluiceError } from '../../../core/errors.js';
import { BatchCounter } from '../../contract/batch-counter.js';
import type { Position } from '../../contract/feed.js';
import type {
  BatchCounts,
  LaneClaim,
  LaneMembership,
  LaneWriter,
  TableFault,
} from '../../contract/lane.js';
import { MembershipChanged } from '../../contract/lane.js';
import { MemberLookup } from '../../contract/member-lookup.js';
import type { EntryChunk } from '../../contract/pending-entries.js';
import { PendingEntries } from '../../contract/pending-entries.js';
import type { MsSessionOptions } from '../connect.js';
import type { MsSession, Query } from '../sql-session.js';
import type { ClaimedLane } from './claim.js';
import { claimLane } from './claim.js';
import { TableFailure, meaningForLane } from './failures.js';
import { LaneBatch } from './lane-batch.js';
import { addCounts, beginLane, moveCheckpoint, startParking } from './lane-steps.js';
import { readMembership } from './membership.js';
import { ParkedStage } from './parked-stage.js';
import { PlanCache } from './plan-cache.js';
import { setAside } from './set-aside.js';
import type { Missing } from './staged-work.js';
import { Stages } from './stages.js';

/** Tries of one transaction that lost to another one. */
const TRIES = 5;
const FIRST_WAIT_MS = 50;
/** A lock on one target table keeps the whole lane waiting for so long, once. */
const LOCK_WAIT_MS = 10_000;
/**
 * A lane that is never idle looks at its target tables again so often: somebody may have given one a
 * trigger that takes its rows away, or a foreign key that cascades.
 */
const PLANS_LAST_MS = 60_000;

/**
 * Claim a lane of a SQL Server target on a session of its own.
 *
 * @param owner names the worker, for people who look into sluice.lane
 * @throws SluiceError STATE_MISSING without a first position; as `connect` does
 */
export async function openLaneWriter(
  connect: (options: MsSessionOptions) => Promise<MsSession>,
  laneId: string,
  owner: string,
  plansLastMs = PLANS_LAST_MS,
): Promise<MsLaneWriter> {
  const session = await connect({ lockTimeoutMs: LOCK_WAIT_MS });
  try {
    return new MsLaneWriter(session, await claimLane(session, laneId, owner), plansLastMs);
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** LaneWriter for SQL Server; see the contract. Calls must not overlap. */
export class MsLaneWriter implements LaneWriter {
  readonly claim: LaneClaim;
  private readonly plans: PlanCache;
  private readonly stages: Stages;
  private readonly parkedStage: ParkedStage;
  private position: Position;
  private parkedSeq: bigint;
  private lookup: MemberLookup | null = null;
  private batch: LaneBatch | null = null;
  private pending = new PendingEntries();
  private counter = new BatchCounter();
  private plannedAt = Date.now();

  constructor(
    private readonly session: MsSession,
    claimed: ClaimedLane,
    private readonly plansLastMs: number,
  ) {
    this.claim = claimed.claim;
    this.position = claimed.claim.position;
    this.parkedSeq = claimed.parkedSeq;
    this.plans = new PlanCache(session.query);
    this.stages = new Stages(session, '#sluice');
    this.parkedStage = new ParkedStage(session);
  }

  async readMembership(): Promise<LaneMembership> {
    await this.rollback();
    const membership = await readMembership(this.session.query, this.claim.laneId);
    this.lookup = new MemberLookup(membership);
    // Tables may have been swapped since: a name is not the same table any more.
    await this.planAnew();
    return membership;
  }

  async startParking(tableIds: readonly string[]): Promise<void> {
    await this.rollback();
    if (tableIds.length === 0) return;
    const lookup = await this.members();
    await this.session.transaction(async (query) => {
      await this.begin(query, lookup);
      await startParking(query, tableIds, this.position);
    });
  }

  async write(changes: readonly Change[], membership: LaneMembership, ends = true): Promise<void> {
    const lookup = await this.useMembership(membership);
    for (const [i, change] of changes.entries()) {
      const member = lookup.find(change.shape);
      if (member === null || !(member.applies || member.parks)) continue;
      const entry = { change, member };
      this.counter.add(entry);
      this.pending.add(entry);
      const last = ends && i === changes.length - 1;
      if (!this.pending.isFull(last)) continue;
      await this.finishing(async () => this.stage(this.pending.take(last)));
    }
  }

  async commit(to: Position, time: Date | null, transactions: number): Promise<BatchCounts> {
    const lookup = await this.members();
    const { counter } = this;
    const missing = await this.finishing(async () => {
      const batch = await this.stage(this.pending.take(true));
      return this.inOneTransaction(batch, async (query) => {
        await this.begin(query, lookup);
        const found = (await batch?.apply(query, this.position)) ?? new Map<string, number>();
        await addCounts(query, counter, found);
        const checkpoint = { position: to, time, transactions };
        await moveCheckpoint(query, this.claim.laneId, checkpoint, counter);
        return found;
      });
    });
    const parked = counter.total('parkedRows');
    this.position = to;
    this.parkedSeq += BigInt(parked);
    await this.forget();
    return {
      transactions,
      inserts: counter.total('inserts'),
      updates: counter.total('updates'),
      deletes: counter.total('deletes'),
      parked,
      missing: [...missing.values()].reduce((sum, count) => sum + count, 0),
    };
  }

  /** Nothing of a batch is on the target before its commit: what is staged is forgotten. */
  async rollback(): Promise<void> {
    await this.forget();
  }

  async setAside(fault: TableFault): Promise<void> {
    await this.rollback();
    await setAside(this.session, this.claim, fault);
  }

  async close(): Promise<void> {
    await this.forget();
    await this.session.close();
  }

  private async begin(query: Query, { membership }: MemberLookup): Promise<void> {
    await beginLane(query, this.claim, {
      revision: membership.revision,
      position: this.position,
    });
  }

  /** The batch, or null when there is nothing to write. */
  private async stage(chunk: EntryChunk): Promise<LaneBatch | null> {
    if (chunk.entries.length === 0) return this.batch;
    if (this.batch === null) {
      if (Date.now() - this.plannedAt >= this.plansLastMs) await this.planAnew();
      await this.stages.clear();
      await this.parkedStage.clear();
    }
    const tools = { plans: this.plans, stages: this.stages };
    this.batch ??= new LaneBatch(tools, this.parkedStage, this.parkedSeq);
    await this.batch.add(chunk);
    return this.batch;
  }

  private async planAnew(): Promise<void> {
    this.plannedAt = Date.now();
    this.plans.clear();
    await this.stages.drop();
  }

  /** Again from what is staged, in another way or after a lost race; see LaneBatch. */
  private async inOneTransaction(
    batch: LaneBatch | null,
    work: (query: Query) => Promise<Missing>,
  ): Promise<Missing> {
    for (let lost = 0; ;) {
      try {
        return await this.session.transaction(work);
      } catch (failure) {
        if (isLostRace(failure)) {
          lost += 1;
          if (lost === TRIES) throw failure;
          await delay(FIRST_WAIT_MS * 2 ** lost * (0.5 + Math.random()));
        } else if (batch === null || !(await batch.recover(failure))) {
          throw failure;
        }
      }
    }
  }

  private async finishing<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      await this.forget();
      throw meaningForLane(error);
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

  private async forget(): Promise<void> {
    const { batch } = this;
    this.batch = null;
    this.pending = new PendingEntries();
    this.counter = new BatchCounter();
    await batch?.close();
  }
}

/** The server ended this transaction for the sake of another one: the same again may pass. */
function isLostRace(failure: unknown): boolean {
  const ofTable = failure instanceof TableFailure;
  const error = ofTable ? failure.error : failure;
  if (!(error instanceof SluiceError)) return false;
  // A table that is locked has been waited for; it is set aside.
  return error.code === 'DEADLOCK' || (error.code === 'LOCK_TIMEOUT' && !ofTable);
}
