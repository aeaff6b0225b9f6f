import type { Change } from '../../../core/change.js';
import type { TableName } from '../../../core/names.js';
import type { Position } from '../../contract/feed.js';
import { displayName } from '../../../core/names.js';
import { HELD_BYTES, HELD_ROWS, hasWholeKey, isToldByRows } from '../../../core/whole-rows.js';
import { UnknownKey } from '../../../core/unknown-key.js';
import { stageRuns } from '../../../core/stage-runs.js';
import { SluiceError } from '../../../core/errors.js';
import type { DrainResult, StageRef } from '../../contract/full-sync.js';
import type { LaneMember } from '../../contract/lane.js';
import type { MsSession } from '../sql-session.js';
import { param } from '../sql-session.js';
import { applyToCopy } from './drain-stage.js';
import { applyWholeRows } from './drain-whole.js';
import { TableFailure, unusable } from './failures.js';
import { ParkedReader } from './parked-reader.js';
import { PlanCache } from './plan-cache.js';
import type { FetchFromSource } from '../../contract/source-fetch.js';
import { COUNT_PARKED, KEEP_SEEN, SUBTRACT_PARKED, TABLE_BEGIN } from './sql/drain.js';
import { keyIndexes } from './staged-rows.js';
import { applyWork, stageEntries } from './staged-work.js';
import { Stages } from './stages.js';

const CHUNK_ROWS = 4_000;

const UNIQUE_KEY =
  'Give the source table a primary key, or let it rest while it is copied; then resync it.';

export interface DrainInto {
  readonly table: TableName;
  /** True for a stage, which may have the changes already; false for a live table: exactly. */
  readonly upsert: boolean;
}

export interface DrainOptions {
  /** Where values that a change left out are read from; without it the table needs another copy. */
  readonly fetchFromSource?: FetchFromSource;
}

export interface DrainOutcome extends DrainResult {
  /** Live: rows that were not as expected. Stage: rows that neither side has any more. */
  readonly missing: number;
  /** The table has everything up to here; null when nothing was drained. */
  readonly position: string | null;
}

/**
 * Move up to `maxRows` parked changes of a table, in order, into its stage or live table, in one
 * transaction that asserts the table's fence. Calling it again goes on where it stopped.
 *
 * @throws SluiceError STALE_EPOCH for an old fence, ROW_REJECTED when the table refuses a row,
 * FEED_GAP when values that a change left out cannot be had any more
 */
export async function drainParked(
  session: MsSession,
  stage: StageRef,
  into: DrainInto,
  maxRows: number,
  options: DrainOptions = {},
): Promise<DrainOutcome> {
  return session.transaction(async (query) => {
    const params = [param.bigint('table', stage.tableId)];
    const [row] = await query<{ fence: string }>(TABLE_BEGIN, params);
    if (row?.fence !== stage.fence) {
      const table = displayName(stage.target);
      throw new SluiceError('STALE_EPOCH', `Another worker has taken over the copy of ${table}.`);
    }
    return drainRest(session, stage, into, maxRows, options);
  });
}

/**
 * The same inside the transaction that the session is in, which has asserted the fence (and holds
 * the lane's row where nothing may be parked meanwhile).
 */
export async function drainRest(
  session: MsSession,
  stage: StageRef,
  into: DrainInto,
  maxRows: number,
  options: DrainOptions = {},
): Promise<DrainOutcome> {
  const drain = new Drain(session, stage, into, options.fetchFromSource ?? null);
  try {
    return await drain.run(maxRows);
  } catch (thrown) {
    throw thrown instanceof TableFailure ? thrown.error : thrown;
  }
}

interface Taken {
  readonly changes: readonly Change[];
  readonly position: Position | null;
  /** Of no transaction is a part still to come, as far as that matters. */
  readonly ends: boolean;
}

class Drain {
  private readonly reader: ParkedReader;
  private readonly plans: PlanCache;
  private readonly stages: Stages;
  private readonly member: LaneMember;
  private missing = 0;
  private seen: Position | null = null;

  constructor(
    private readonly session: MsSession,
    private readonly stage: StageRef,
    private readonly into: DrainInto,
    private readonly fetch: FetchFromSource | null,
  ) {
    const { tableId, target } = stage;
    this.reader = new ParkedReader(session.query, tableId);
    this.plans = new PlanCache(session.query);
    this.stages = new Stages(session, '#sluice_drain');
    const flags = { applies: true, parks: false, parksFrom: null, fold: true };
    this.member = { tableId, source: target, target: into.table, ...flags };
  }

  async run(maxRows: number): Promise<DrainOutcome> {
    let drained = 0;
    let position: string | null = null;
    for (let ends = true; drained < maxRows || !ends;) {
      const limit = ends ? Math.min(CHUNK_ROWS, maxRows - drained) : CHUNK_ROWS;
      const taken = await this.take(limit, ends ? null : position);
      ({ ends } = taken);
      if (taken.changes.length === 0) break;
      await this.apply(taken);
      drained += taken.changes.length;
      ({ position } = taken);
    }
    // Names of temporary tables are the session's: the next drain takes the same ones.
    await this.stages.drop();
    await this.keepSeen();
    const remaining = await this.settleCounts(drained, drained < maxRows);
    return { drained, remaining, missing: this.missing, position };
  }

  /**
   * The next changes, to the end of a transaction where its rows may share a key until then and it
   * is not too large: see core/whole-rows.ts.
   */
  private async take(limit: number, at: string | null): Promise<Taken> {
    const { changes: first, position } = await this.reader.take(limit, at);
    const changes = [...first];
    if (!changes.some(({ shape }) => hasWholeKey(shape))) return { changes, position, ends: true };
    for (let bytes = bytesOf(changes); changes.length < HELD_ROWS && bytes < HELD_BYTES;) {
      const more = await this.reader.take(CHUNK_ROWS, position);
      if (more.changes.length === 0) return { changes, position, ends: true };
      changes.push(...more.changes);
      bytes += bytesOf(more.changes);
    }
    return { changes, position, ends: false };
  }

  private async apply({ changes, ends }: Taken): Promise<void> {
    if (!this.into.upsert) {
      this.missing += await this.applyExactly(changes, ends);
      return;
    }
    // Rows of two shapes cannot be told apart by their columns.
    const together = ends && changes.every(({ shape }) => shape === changes[0]?.shape);
    let run: Change[] = [];
    for (const change of changes) {
      if (run.length > 0 && (change.op === 't' || run[0]?.shape !== change.shape)) {
        await this.applyRun(run, together);
        run = [];
      }
      if (change.op === 't') await this.empty(change);
      else run.push(change);
    }
    await this.applyRun(run, together);
  }

  /**
   * As the lane does it. A failed statement would take the whole transaction with it, so the way
   * that cannot meet a unique key is chosen beforehand where there is more than one such key.
   */
  private async applyExactly(changes: readonly Change[], ends: boolean): Promise<number> {
    const { member, plans, stages } = this;
    const entries = changes.map((change) => ({ change, member }));
    let ordered = false;
    for (const { shape } of changes) {
      const plan = await plans.load(shape, member.target);
      ordered ||= plan.table.uniques > 1 && !plan.reinsertable;
    }
    const [first] = changes;
    const known = first === undefined ? null : await plans.load(first.shape, member.target);
    const mode = (known?.table.uniques ?? 0) > 1 ? 'reinsert' : 'set';
    const work = await stageEntries({ entries, ends }, ordered, { plans, stages });
    const how = { mode, emptied: 'delete' } as const;
    const missing = await applyWork(this.session.query, work, stages, how);
    return missing.get(member.tableId) ?? 0;
  }

  private async applyRun(run: readonly Change[], together: boolean): Promise<void> {
    const shape = run[0]?.shape;
    if (shape === undefined) return;
    const { member, stages, fetch } = this;
    const plan = await this.plans.load(shape, member.target);
    if (plan.keyless) {
      const table = displayName(this.stage.target);
      throw new SluiceError(
        'KEY_MISSING',
        `Rows of ${table} changed while it was copied, and it has no key to find them by.`,
        { remedy: UNIQUE_KEY },
      );
    }
    const saw = (position: Position) => {
      if (this.seen === null || position > this.seen) this.seen = position;
    };
    const tools = { query: this.session.query, stages, member, fetch, saw };
    try {
      if (isToldByRows(plan)) return await applyWholeRows(tools, plan, run, together);
      for (const part of stageRuns(run, keyIndexes(plan))) {
        this.missing += await applyToCopy(tools, plan, part);
      }
    } catch (error) {
      throw error instanceof UnknownKey ? unusable(member) : error;
    }
  }

  private async empty({ shape }: Change): Promise<void> {
    const plan = await this.plans.load(shape, this.into.table);
    await this.session.query(`truncate table ${plan.table.sql}`);
  }

  private async keepSeen(): Promise<void> {
    if (this.seen === null) return;
    const table = param.bigint('table', this.stage.tableId);
    await this.session.query(KEEP_SEEN, [table, param.nvarchar('seen', this.seen)]);
  }

  /** Rows that still wait: counted when few can be left, else as the lane has counted them. */
  private async settleCounts(drained: number, ranOut: boolean): Promise<number> {
    const table = param.bigint('table', this.stage.tableId);
    const { query } = this.session;
    const counted = ranOut ? await query<{ n: number }>(COUNT_PARKED, [table]) : [];
    const feed = await query<{ parked_rows: string }>(SUBTRACT_PARKED, [
      table,
      param.bigint('drained', drained),
      param.bigint('missing', this.missing),
    ]);
    return counted[0]?.n ?? Number(feed[0]?.parked_rows ?? 0);
  }
}

function bytesOf(changes: readonly Change[]): number {
  return changes.reduce((sum, { bytes }) => sum + bytes, 0);
}
