/** Steps of a full sync. Each may be repeated at any point: progress is in the target's ledger. */
import { SluiceError } from '../../core/errors.js';
import { feedKindOfMode } from '../../core/feed-kind.js';
import { displayName } from '../../core/names.js';
import type { CopyActivities, CopyLane, CopyResult, EpochRef } from '../../core/protocol.js';
import type { TableModel } from '../../engines/contract/schema.js';
import type { TableRow } from '../../state/store.js';
import { canAdopt, isAdopting } from './adopt.js';
import { beforeCopy, continuesFromTarget, readAs } from './before-copy.js';
import { bootstrapTable } from './bootstrap.js';
import { afterCutOver, cutOver, resumeTable } from './cut-over.js';
import { copyLane } from './copy-lane.js';
import type { Dependencies } from '../dependencies.js';
import { awaitHandOver } from './hand-over.js';
import { callLane } from '../lane/lane-call.js';
import { COPY_LIMIT_MS } from '../long-running.js';
import {
  assertEpoch,
  assertNotSetAside,
  stageOf,
  tableStep,
  type TableStepContext,
} from '../table-step.js';
import { FLAG_LOCK_TIMEOUT_MS } from '../quarantine.js';
import { untilCancelled } from '../until-cancelled.js';
import type { PipelineSession } from '../../session/pipeline-session.js';

/** What is left to do once the copy is visible. */
const AFTERWARDS = 'finish';

export function copyActivities(deps: Dependencies): CopyActivities {
  const step = tableStep(deps);
  const ofEpoch = <T>(
    ref: EpochRef,
    purpose: string,
    work: (context: TableStepContext) => Promise<T>,
    limitMs?: number,
  ): Promise<T> =>
    step(
      ref,
      purpose,
      (context) => {
        assertEpoch(context.row, ref.epoch);
        if (purpose !== AFTERWARDS) assertNotSetAside(context.row);
        return work(context);
      },
      limitMs,
    );
  return {
    bootstrapTable: (ref) => step(ref, 'bootstrap', bootstrapTable),
    beginEpoch: (ref) => step(ref, 'full sync', (context) => beginEpoch(context, ref)),
    awaitHandOver: (ref) => ofEpoch(ref, 'hand-over', awaitHandOver),
    prepareStage: (ref) => ofEpoch(ref, 'stage', prepareStage),
    copyChunks: (ref) =>
      ofEpoch(ref, `copy ${ref.lane}`, (context) => copyChunks(context, ref), COPY_LIMIT_MS),
    finishStage: (ref) => ofEpoch(ref, 'indexes', cancellable(finishStage)),
    cutOver: (ref) => ofEpoch(ref, 'cut-over', cancellable(cutOver)),
    afterCutOver: (ref) => ofEpoch(ref, AFTERWARDS, cancellable(afterCutOver)),
    resumeTable: (ref) => step(ref, 'resume', resumeTable),
  };
}

/** Builds indexes or merges: statements that may run for hours. */
function cancellable<T>(work: (context: TableStepContext) => Promise<T>) {
  return (context: TableStepContext): Promise<T> =>
    untilCancelled(context.run, [context.source, context.target], () => work(context));
}

/**
 * The next epoch, from whatever stood before: put the table into the feed, then ask its lane to
 * park every change from here on. Whether the live table goes on being applied stays as it was.
 */
async function beginEpoch(
  context: TableStepContext,
  ask: { readonly reason: string; readonly requestId: string },
): Promise<{ epoch: string }> {
  const { session, source, target, row } = context;
  if (ask.requestId.startsWith('first-') && (await continuesFromTarget(context))) {
    return { epoch: row.epoch };
  }
  const model = await session.model(row);
  const kind = feedKindOfMode(row.mode);
  if (kind !== null) {
    const name = session.feedName(row.target, kind);
    const feed = source.feed(kind);
    await feed.addTables(name, [row.source]);
    const [membership] = await feed.memberships(name, [row.source]);
    await target.state.tables.setFeedMark(row.tableId, membership?.mark ?? null);
  }
  const { epoch } = await target.state.tables.beginEpoch(row.tableId, {
    fingerprint: model.fingerprint,
    rowsEstimated: model.rowsEstimated,
    requestId: ask.requestId,
  });
  if (row.faultCode !== null) await target.state.tables.setFault(row.tableId, null);
  if (row.laneId !== null) {
    const flags = { applies: row.applies, parks: true };
    await target.state.tables.setFlags(row.tableId, flags, FLAG_LOCK_TIMEOUT_MS);
    callLane(row.laneId);
  }
  await target.state.journal.event({
    pipeline: row.pipeline,
    target: row.target,
    tableId: row.tableId,
    level: 'info',
    kind: 'epoch.began',
    message: `Full sync ${epoch}: ${ask.reason}.`,
  });
  return { epoch };
}

/**
 * The table as it was when the epoch began. Its chunks mean places in the table's files and its
 * stage has the table's columns: after a rewrite or an ALTER the copy has to begin again.
 */
async function epochModel(session: PipelineSession, row: TableRow): Promise<TableModel> {
  const model = await session.model(row);
  if (model.fingerprint === row.sourceFingerprint) return model;
  throw new SluiceError(
    'FEED_CHANGED',
    `${displayName(row.source)} was altered or rewritten while it was copied.`,
    { remedy: 'It is copied again from the start; nothing has to be done.' },
  );
}

async function prepareStage(context: TableStepContext): Promise<{ chunks: number }> {
  const { session, source, target, row, run } = context;
  const { chunks, tables } = target.state;
  const planned = await chunks.progress(row.tableId, row.epoch);
  if (planned.total > 0) return { chunks: planned.total };
  const model = await epochModel(session, row);
  if (await canAdopt(context, model)) {
    await beforeCopy(context, model, stageOf(row, row.fence));
    return { chunks: 0 };
  }
  // Types may have got new values since the table was first prepared.
  const owner = { pipeline: row.pipeline, target: row.target };
  await target.schema.prepareTable(model, row.targetTable, owner);
  const fence = await tables.claim(row.tableId);
  await target.fullSync.createStage(model, stageOf(row, fence));
  await beforeCopy(context, model, stageOf(row, fence));
  const { bytes, rows } = session.settings(row.target, row.source).chunk;
  const ranges = await source.fullSync.planChunks(readAs(model, row), bytes, rows);
  await chunks.plan(row.tableId, row.epoch, ranges);
  run.report({ chunks: ranges.length });
  return { chunks: ranges.length };
}

async function copyChunks(context: TableStepContext, lane: CopyLane): Promise<CopyResult> {
  return copyLane(context, await epochModel(context.session, context.row), lane);
}

async function finishStage(context: TableStepContext): Promise<void> {
  const { session, source, target, row, run } = context;
  const model = await epochModel(session, row);
  if (await isAdopting(context)) return;
  const kind = feedKindOfMode(row.mode);
  const readUpTo = kind === null ? null : await source.fullSync.copiedUpTo(kind);
  if (readUpTo !== null) await target.state.chunks.readUpTo(row.tableId, row.epoch, readUpTo);
  const fence = await target.state.tables.claim(row.tableId);
  const { partitions } = session.settings(row.target, row.source);
  const report = (what: string) => run.report({ step: what });
  await target.fullSync.finishStage(model, stageOf(row, fence), report, partitions?.period);
}
