import type pg from 'pg';
import type { Shape } from '../../../core/change.js';
import type { PlacedChange } from '../../../core/stage-changes.js';
import { displayName, type TableName } from '../../../core/names.js';
import { HELD_BYTES, HELD_ROWS, hasWholeKey, isToldByRows } from '../../../core/whole-rows.js';
import { UnknownKey } from '../../../core/unknown-key.js';
import { SluiceError } from '../../../core/errors.js';
import type { DrainResult, StageRef } from '../../contract/full-sync.js';
import type { LaneMember } from '../../contract/lane.js';
import { toPgError } from '../pg-errors.js';
import { inApplySettings } from './apply-session.js';
import { applyExactly } from './drain-live.js';
import type { StageTools } from './drain-stage.js';
import { applyToStage } from './drain-stage.js';
import { LateRows } from './drain-late.js';
import { ParkedReader } from './parked-reader.js';
import { PlanCache } from './plan-cache.js';
import { StepFailure } from './run-steps.js';
import type { FetchFromSource } from './source-fetch.js';
import { COUNT_PARKED, SUBTRACT_PARKED, TABLE_BEGIN } from './sql/drain.js';
import { StageWriters } from './stage-writers.js';
import { StatementNames } from './statement-names.js';
import { UnusableChange } from './unusable-change.js';
import { LET_CHILDREN_BE } from './kept-children.js';

const CHUNK_ROWS = 4_000;

const UNIQUE_KEY =
  'Give the source table a primary key, or let it rest while it is copied; then resync it.';

export interface DrainInto {
  readonly table: TableName;
  /** True for a stage, which may have the changes already; false for a live table: exactly. */
  readonly upsert: boolean;
  /** False where triggers of the live table count the source's operations; default true. */
  readonly fold?: boolean;
}

export interface DrainOptions {
  /** Where values that a change left out are read from; without it such rows are skipped. */
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
 * @throws SluiceError STALE_EPOCH for an old fence, ROW_REJECTED when the table refuses a row
 */
export async function drainParked(
  client: pg.Client,
  stage: StageRef,
  into: DrainInto,
  maxRows: number,
  options: DrainOptions = {},
): Promise<DrainOutcome> {
  try {
    await client.query('begin');
    await client.query(TABLE_BEGIN, [stage.tableId, stage.fence]);
    const outcome = await drainRest(client, stage, into, maxRows, options);
    await client.query('commit');
    return outcome;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw meaning(error, into);
  }
}

/**
 * The same inside the caller's transaction, which has asserted the fence (and holds the lane's row
 * where nothing may be parked meanwhile). Planner settings are those of the session afterwards.
 */
export async function drainRest(
  client: pg.Client,
  stage: StageRef,
  into: DrainInto,
  maxRows: number,
  options: DrainOptions = {},
): Promise<DrainOutcome> {
  try {
    return await inApplySettings(client, async (replica) => {
      const drain = new Drain(client, stage, into, replica, options.fetchFromSource ?? null);
      return drain.run(maxRows);
    });
  } catch (error) {
    throw meaning(error, into);
  }
}

interface Taken {
  readonly changes: readonly PlacedChange[];
  /** Of no transaction is a part still to come, as far as that matters. */
  readonly ends: boolean;
}

class Drain {
  private readonly reader: ParkedReader;
  private readonly tools: StageTools;
  private readonly late: LateRows;
  private missing = 0;

  constructor(
    private readonly client: pg.Client,
    private readonly stage: StageRef,
    private readonly into: DrainInto,
    replica: boolean,
    fetch: FetchFromSource | null,
  ) {
    this.reader = new ParkedReader(client, stage.tableId);
    const plans = new PlanCache(client);
    const writers = new StageWriters(client, stage.tableId, stage.epoch);
    this.tools = { client, plans, names: drainNames(client), replica, writers, fetch };
    this.late = new LateRows(this.tools);
  }

  async run(maxRows: number): Promise<DrainOutcome> {
    let drained = 0;
    let position: string | null = null;
    for (let ends = true; drained < maxRows || !ends;) {
      const limit = ends ? Math.min(CHUNK_ROWS, maxRows - drained) : CHUNK_ROWS;
      const taken = await this.take(limit, ends ? null : position);
      ({ ends } = taken);
      const last = taken.changes[taken.changes.length - 1];
      if (last === undefined) break;
      await this.apply(taken);
      drained += taken.changes.length;
      ({ position } = last);
    }
    await this.late.end();
    this.missing += this.late.skipped;
    await this.tools.writers.keepSeen();
    const remaining = await this.settleCounts(drained, drained < maxRows);
    return { drained, remaining, missing: this.missing, position };
  }

  /**
   * The next changes, to the end of a transaction where its rows may share a key until then and it
   * is not too large: see core/whole-rows.ts.
   */
  private async take(limit: number, position: string | null): Promise<Taken> {
    const changes = await this.reader.take(limit, position);
    const last = changes[changes.length - 1];
    if (last === undefined || !changes.some(({ change }) => hasWholeKey(change.shape))) {
      return { changes, ends: true };
    }
    for (let bytes = bytesOf(changes); changes.length < HELD_ROWS && bytes < HELD_BYTES;) {
      const more = await this.reader.take(CHUNK_ROWS, last.position);
      if (more.length === 0) return { changes, ends: true };
      changes.push(...more);
      bytes += bytesOf(more);
    }
    return { changes, ends: false };
  }

  private async apply({ changes, ends }: Taken): Promise<void> {
    if (!this.into.upsert) {
      const exactly = changes.map(({ change }) => change);
      this.missing += await applyExactly(this.client, this.tools, this.member(), exactly, ends);
      return;
    }
    let run: PlacedChange[] = [];
    for (const placed of changes) {
      const { change } = placed;
      if (run.length > 0 && (change.op === 't' || run[0]?.change.shape !== change.shape)) {
        await this.applyRun(run);
        run = [];
      }
      if (change.op === 't') await this.empty(change.shape);
      else run.push(placed);
    }
    await this.applyRun(run);
  }

  private async applyRun(run: readonly PlacedChange[]): Promise<void> {
    const shape = run[0]?.change.shape;
    if (shape === undefined) return;
    const plan = await this.tools.plans.load(shape, this.into.table);
    // Of a very large transaction only the source knows what its rows come to.
    if (plan.late !== null || (isToldByRows(plan) && this.tools.fetch !== null)) {
      return this.late.add(plan, run);
    }
    if (plan.keyless) {
      const table = displayName(this.stage.target);
      throw new SluiceError(
        'KEY_MISSING',
        `Rows of ${table} changed while it was copied, and it has no key to find them by.`,
        { remedy: UNIQUE_KEY },
      );
    }
    this.missing += await applyToStage(this.tools, plan, run);
  }

  private async empty(shape: Shape): Promise<void> {
    const plan = await this.tools.plans.load(shape, this.into.table);
    this.late.forget();
    await this.client.query(`truncate ${plan.table.sql}`);
  }

  private member(): LaneMember {
    const { tableId, target } = this.stage;
    const { table, fold = true } = this.into;
    const flags = { applies: true, parks: false, parksFrom: null, fold };
    return { tableId, source: target, target: table, ...flags };
  }

  /** Rows that still wait: counted when few can be left, else as the lane has counted them. */
  private async settleCounts(drained: number, ranOut: boolean): Promise<number> {
    const { tableId } = this.stage;
    const counted = ranOut ? await this.client.query<{ n: string }>(COUNT_PARKED, [tableId]) : null;
    const values = [tableId, drained, this.missing];
    const feed = await this.client.query<{ parked_rows: string }>(SUBTRACT_PARKED, values);
    return Number(counted?.rows[0]?.n ?? feed.rows[0]?.parked_rows ?? 0);
  }
}

/** Names belong to a session: a second drain on it must not give them to other texts. */
const namesOf = new WeakMap<pg.Client, StatementNames>();

function drainNames(client: pg.Client): StatementNames {
  let names = namesOf.get(client);
  if (names === undefined) {
    names = new StatementNames('sluice_drain');
    namesOf.set(client, names);
  }
  return names;
}

function bytesOf(changes: readonly PlacedChange[]): number {
  return changes.reduce((sum, { change }) => sum + change.bytes, 0);
}

function meaning(thrown: unknown, into: DrainInto): unknown {
  const error = thrown instanceof StepFailure ? thrown.error : thrown;
  const name = `${into.table.schema}.${into.table.table}`;
  if (error instanceof UnusableChange && error.reason !== null) {
    return new SluiceError(
      'ROW_REJECTED',
      `A parked change of ${name} was not applied: ${error.reason}.`,
      {
        remedy: LET_CHILDREN_BE,
      },
    );
  }
  if (error instanceof UnknownKey || error instanceof UnusableChange) {
    return new SluiceError('KEY_MISSING', `A parked change of ${name} does not name its row.`, {
      remedy: 'Resync the table.',
    });
  }
  return toPgError(error, `the target table ${name}`);
}
