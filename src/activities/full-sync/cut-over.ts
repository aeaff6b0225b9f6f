/** Catching up, making the copy visible, and handing the table back to its lane. */
import { SluiceError, toSluiceError } from '../../core/errors.js';
import type { CutOverResult } from '../../core/protocol.js';
import { loadKeepsPartitions } from '../../core/kept-partitions.js';
import type {
  FinalMethod,
  FullSyncTarget,
  LoadMethod,
  MergeCounts,
  MergeOptions,
  StageRef,
} from '../../engines/contract/full-sync.js';
import { isAdopting, repairAdopted } from './adopt.js';
import { explainMismatch } from './former-shape.js';
import { followSchema } from '../watch/follow-schema.js';
import { whatTargetLost } from '../target-loss.js';
import { assertNotSetAside, type TableStepContext, stageOf } from '../table-step.js';

/** Rows that one drain transaction moves. */
const DRAIN_ROWS = 20_000;
/** So few parked rows may be moved while the lane waits. */
const FINAL_ROWS = 1_000;
/** Then the workflow says what is waited for and comes again. */
const TRY_FOR_MS = 20_000;
const TRY_EVERY_MS = 200;
/** A lane that is at work gets there within this. */
const FIRST_REST_MS = 25;

/**
 * One try: what moves no rows (a swap, an exchange of partitions) takes the short final transaction;
 * a live table that is written to is frozen, gets its rows (merged, or all replaced) and is caught up
 * again, so that its lane never waits for them. Not done means that a lock was not to be had or the
 * stream was faster: try again.
 */
export async function cutOver(context: TableStepContext): Promise<CutOverResult> {
  const { session, target, row, run } = context;
  const { tables } = target.state;
  if (row.phase === 'streaming') return { done: true, detail: 'it was cut over before' };
  const stage = stageOf(row, await tables.claim(row.tableId));
  const lockTimeoutMs = session.config.cutoverLockTimeout;
  if (await isAdopting(context)) {
    await repairAdopted(context);
    return handBack(context, stage, lockTimeoutMs);
  }
  const wanted = methodOf(row.load);
  const filled = wanted !== 'append';
  if (row.cutoverStep === null) await healLive(context, { filled });
  const { method, reason } = await target.fullSync.chooseLoad(row.targetTable, wanted, stage);
  run.report({ method, reason });
  if (row.cutoverStep === null && isFinal(method)) {
    await drain(context, stage, 'stage');
    const keepsPartitions = keepsEmpty(context);
    const how = { method, maxRows: FINAL_ROWS, lockTimeoutMs, keepsPartitions };
    const result = await finalStep(context, stage, how);
    if (result.done) await sayOtherwise(context, method, reason);
    return result;
  }
  return writeLive(context, stage, { lockTimeoutMs, method, reason });
}

/** A way that was asked for and is not taken; that a new table is swapped in is no news. */
async function sayOtherwise(
  { target, row }: TableStepContext,
  method: LoadMethod,
  reason: string,
): Promise<void> {
  const wanted = methodOf(row.load);
  if (wanted === 'auto' || wanted === method || method === 'swap') return;
  await target.state.journal.event({
    pipeline: row.pipeline,
    target: row.target,
    tableId: row.tableId,
    level: 'warning',
    kind: 'load',
    message: `Loaded by ${method}, not by ${wanted}: ${reason}.`,
  });
}

/**
 * The live table keeps its identity where it can: what the source added meanwhile is added to it. What
 * cannot be mended so is the choice of the load's matter.
 */
async function healLive(
  context: TableStepContext,
  more: { readonly filled?: boolean } = {},
): Promise<void> {
  const { session, target, row } = context;
  const owner = { pipeline: row.pipeline, target: row.target };
  const model = await session.model(row);
  try {
    await target.schema.prepareTable(model, row.targetTable, owner);
    await target.schema.compareTable(model, row.targetTable, { heal: true, owner, ...more });
  } catch (thrown) {
    if (toSluiceError(thrown).code !== 'SCHEMA_MISMATCH') throw thrown;
  }
}

interface WriteWay {
  readonly lockTimeoutMs: number;
  readonly method: LoadMethod;
  readonly reason: string;
}

async function writeLive(
  context: TableStepContext,
  stage: StageRef,
  { lockTimeoutMs, method, reason }: WriteWay,
): Promise<CutOverResult> {
  const { target, row } = context;
  if (row.cutoverStep === null) {
    await drain(context, stage, 'stage');
    await patiently(context, () => target.fullSync.freeze(stage, lockTimeoutMs));
  }
  if (row.cutoverStep !== 'merged') {
    const options = { ...writtenRows(context, method), lockTimeoutMs };
    const counts = await patiently(context, async () => {
      // Before each try: what came since may belong to the state that is shown.
      await drain(context, stage, 'stage', 0);
      return target.fullSync.merge(stage, options);
    });
    await target.state.journal.event({
      pipeline: row.pipeline,
      target: row.target,
      tableId: row.tableId,
      level: 'info',
      kind: 'merge',
      message: sayCounts(counts, options.replaces === true),
    });
    await sayOtherwise(context, method, reason);
  }
  return handBack(context, stage, lockTimeoutMs);
}

function sayCounts({ inserted, updated, deleted }: MergeCounts, replaced: boolean): string {
  if (replaced) return `Replaced all rows: ${inserted} inserted.`;
  return `Merged: ${inserted} inserted, ${updated} updated, ${deleted} deleted.`;
}

/**
 * Where an exchange came to be possible after the freeze, rows are replaced too: that choice does not
 * say whether the table has a key to merge by. Partitions that stay are told by a merge only.
 */
function writtenRows(context: TableStepContext, method: LoadMethod): MergeOptions {
  if (method === 'append') return ADD_ONLY;
  const keepsPartitions = methodOf(context.row.load) === 'partitionSwitch' && keepsEmpty(context);
  const replaces = method === 'truncate' || (method !== 'merge' && !keepsPartitions);
  return { deletes: replaces || removesRows(context), replaces, keepsPartitions };
}

const ADD_ONLY = { deletes: false, updates: false } as const;

/** Whether a load by partitions leaves those alone that the source has no row in. */
function keepsEmpty({ session, row }: TableStepContext): boolean {
  const { deletes } = session.settings(row.target, row.source);
  return loadKeepsPartitions({ followsFeed: row.laneId !== null, deletes });
}

/** Where a watermark is followed, rows that the source deleted may be meant to stay. */
function removesRows({ session, row }: TableStepContext): boolean {
  const { deletes } = session.settings(row.target, row.source);
  return deletes !== 'ignore' || row.mode !== 'incremental';
}

/** Drain into the live table and let the lane apply it again. */
async function handBack(
  context: TableStepContext,
  stage: StageRef,
  lockTimeoutMs: number,
): Promise<CutOverResult> {
  await drain(context, stage, 'live');
  return finalStep(context, stage, { method: 'none', maxRows: FINAL_ROWS, lockTimeoutMs });
}

/**
 * The final transaction; when the stream was faster than the drain, drain and try again. With little
 * left to move it is the lane that is waited for: every try takes the lane's row, so trying without
 * a rest would keep the lane from getting there.
 */
async function finalStep(
  context: TableStepContext,
  stage: StageRef,
  how: Parameters<FullSyncTarget['cutOver']>[1],
): Promise<CutOverResult> {
  for (let restMs = FIRST_REST_MS; ; restMs = Math.min(TRY_EVERY_MS, restMs * 2)) {
    const { done, remaining, refused } = await patiently(context, () =>
      context.target.fullSync.cutOver(stage, how),
    );
    if (refused !== undefined) return { done, detail: `${how.method} was refused: ${refused}` };
    if (done) return { done, detail: how.method };
    if (context.run.dueToReturn()) return { done, detail: `${remaining} changes to catch up` };
    if (remaining <= how.maxRows) await context.run.pause(restMs);
    else await drain(context, stage, how.method === 'none' ? 'live' : 'stage');
  }
}

/**
 * Repeat a step for a while that gives way to readers who hold a lock, or that has to wait until
 * the stream has delivered all that the copy has seen; then the failure goes to the workflow, which
 * shows it and comes again.
 */
async function patiently<T>(context: TableStepContext, work: () => Promise<T>): Promise<T> {
  const until = Date.now() + TRY_FOR_MS;
  for (;;) {
    try {
      return await work();
    } catch (thrown) {
      const { code } = toSluiceError(thrown);
      const waits = code === 'SERVER_BUSY' || code === 'LOCK_TIMEOUT';
      if (!waits || Date.now() > until || context.run.dueToReturn()) throw thrown;
      context.run.report({ waitingFor: code });
      await context.run.pause(TRY_EVERY_MS);
    }
  }
}

async function assertNothingLost({ session, target, row }: TableStepContext): Promise<void> {
  const model = await session.model(row);
  if (model.fingerprint !== row.sourceFingerprint) return;
  const lost = await whatTargetLost(target, row, model);
  if (lost !== null) throw new SluiceError('FEED_CHANGED', lost);
}

/** A paused or quarantined table continues where it stood. */
export async function resumeTable(context: TableStepContext): Promise<CutOverResult> {
  const { session, target, row } = context;
  const { tables } = target.state;
  if (row.phase === 'streaming') return { done: true, detail: 'it streams' };
  assertNotSetAside(row);
  const rested = row.phase !== 'catchingUp';
  // What refused its rows may be gone on the source, or have come to allow them. Before the phase:
  // an attempt that ends here is followed by one that does it again.
  if (rested && row.phaseBefore !== null) {
    await assertNothingLost(context);
    await healLive(context);
  }
  if (rested) await tables.setPhase(row.tableId, 'catchingUp', 'resumed');
  const stage = stageOf(row, await tables.claim(row.tableId));
  if (row.laneId === null) {
    await tables.setPhase(row.tableId, 'streaming', 'resumed');
    return { done: true, detail: 'resumed' };
  }
  return handBack(context, stage, session.config.cutoverLockTimeout);
}

async function drain(
  context: TableStepContext,
  stage: StageRef,
  into: 'stage' | 'live',
  enough = FINAL_ROWS,
): Promise<void> {
  const { target, run } = context;
  let moved = 0;
  for (;;) {
    const { drained, remaining } = await target.fullSync
      .drainParked(stage, into, DRAIN_ROWS)
      .catch((thrown: unknown) => explainMismatch(context, thrown));
    moved += drained;
    run.report({ drained: moved, remaining });
    if (remaining <= enough || run.signal.aborted) return;
  }
}

/** The others write their rows to the live table before the final transaction. */
function isFinal(method: LoadMethod): method is LoadMethod & FinalMethod {
  return method === 'swap' || method === 'partitionSwitch';
}

const METHODS: readonly LoadMethod[] = ['swap', 'merge', 'truncate', 'append', 'partitionSwitch'];

function methodOf(load: string): LoadMethod | 'auto' {
  return METHODS.find((method) => method === load) ?? 'auto';
}

/** Foreign keys, views, routines, sequences; leftovers; the line in the history. */
export async function afterCutOver(context: TableStepContext): Promise<void> {
  const { session, target, row } = context;
  const { journal } = target.state;
  await target.fullSync.dropStage(stageOf(row, row.fence));
  const owner = { pipeline: row.pipeline, target: row.target };
  await followSchema(session, row.target);
  await journal.resolveErrors(row.pipeline, row.target, row.tableId);
  const { tableId, epoch } = row;
  const progress = await target.state.chunks.progress(tableId, epoch);
  const startedAt = await target.state.chunks.startedAt(tableId, epoch);
  const run = await journal.startRun({
    kind: 'fullSync',
    ...owner,
    tableId,
    epoch,
    reason: 'full sync',
    ...(startedAt === null ? {} : { startedAt }),
  });
  await journal.finishRun(run, { state: 'done', rows: progress.rows, bytes: progress.bytes });
  // Last, as it may build indexes for long.
  await finishTable(context);
}

/** A live table that kept its identity lacks what came on the source since it was made. */
async function finishTable({ session, target, row }: TableStepContext): Promise<void> {
  const owner = { pipeline: row.pipeline, target: row.target };
  const model = await session.model(row).catch((thrown: unknown) => {
    // Dropped since it was copied: the watch of the catalogue says what follows from that.
    if (toSluiceError(thrown).code === 'TABLE_MISSING') return null;
    throw thrown;
  });
  if (model === null) return;
  const changes = (await target.schema.finishTable?.(model, row.targetTable, owner)) ?? [];
  for (const { action, message } of changes) {
    await target.state.journal.event({
      ...owner,
      tableId: row.tableId,
      level: action === 'left' ? 'warning' : 'info',
      kind: `schema.${action}`,
      message,
    });
  }
}
