import { SluiceError } from '../core/errors.js';
import { displayName } from '../core/names.js';
import { MENDED_BY_RESYNC } from '../core/table-life.js';
import type { StageRef } from '../engines/contract/full-sync.js';
import type { SourceDatabase, TargetDatabase } from '../engines/engine.js';
import { PipelineSession, requireTable } from '../session/pipeline-session.js';
import type { TableRow } from '../state/store.js';
import type { TableRef } from '../core/protocol.js';
import type { Dependencies } from './dependencies.js';
import { LOOP_LIMIT_MS, longRunning, type LongRun } from './long-running.js';

/** Everything a step of one table needs. */
export interface TableStepContext {
  readonly session: PipelineSession;
  readonly source: SourceDatabase;
  readonly target: TargetDatabase;
  readonly row: TableRow;
  readonly run: LongRun;
}

export type TableStep = <T>(
  ref: TableRef,
  purpose: string,
  work: (context: TableStepContext) => Promise<T>,
  limitMs?: number,
) => Promise<T>;

/** Runs a step of one table as a long activity, with the databases and the row it works on. */
export function tableStep(deps: Dependencies): TableStep {
  return (ref, purpose, work, limitMs = LOOP_LIMIT_MS) =>
    longRunning(limitMs, (run) =>
      PipelineSession.use(deps.session, ref.pipeline, purpose, async (session) => {
        const target = await session.target(ref.target);
        const row = await requireTable(target, ref);
        return work({ session, source: await session.source(), target, row, run });
      }),
    );
}

export function assertEpoch(row: TableRow, epoch: string): void {
  if (row.epoch === epoch) return;
  throw new SluiceError(
    'STALE_EPOCH',
    `${displayName(row.source)} is at epoch ${row.epoch}; epoch ${epoch} is over.`,
  );
}

/** Set aside while its epoch was under way (a gap): what was copied must not become visible. */
export function assertNotSetAside(row: TableRow): void {
  if (row.phase !== 'quarantined' && !MENDED_BY_RESYNC.has(row.faultCode ?? '')) return;
  throw new SluiceError(
    'STALE_EPOCH',
    `${displayName(row.source)} was quarantined; epoch ${row.epoch} is over.`,
  );
}

export function stageOf(row: TableRow, fence: string): StageRef {
  return { tableId: row.tableId, epoch: row.epoch, fence, target: row.targetTable };
}
