import type { CutOverHow, StageRef } from '../../contract/full-sync.js';
import { switchRefusal } from '../ms-errors.js';
import { param } from '../param.js';
import type { MsSession, Query } from '../sql-session.js';
import { onlyRow } from '../state/state-db.js';
import type { LockedLane } from '../state/table-flags.js';
import { endParking, lockLaneOf } from '../state/table-flags.js';
import { inBriefTries, TRY_MS } from './brief-locks.js';
import { assertNotSetAside, readCatchUp } from './catch-up.js';
import { makeVisible } from './make-visible.js';
import { refreshStatistics } from './refresh-statistics.js';
import { EMPTY_FEED, STREAMING, TABLE_NOW } from './sql/state-sql.js';
import type { StageRecord } from './stage-record.js';
import { recordStage, requireStage } from './stage-record.js';
import { PartitionRefused } from './switch-partitions.js';
import type { TargetContext } from './target-context.js';
import { beginTable, inTarget } from './target-context.js';

interface CutOverResult {
  readonly done: boolean;
  readonly remaining: number;
  readonly position: string;
}

/** Each refused partition costs another attempt at all of them. */
const MERGED_APART = 8;

/**
 * The short final transaction. Not done, and nothing changed, when more than maxRows changes wait
 * or the feed has not delivered all that the copy has seen. A refused SWITCH takes its transaction
 * with it; the rows, or those of that partition, are merged in another one.
 *
 * @throws SluiceError LOCK_TIMEOUT when a lock was not to be had within lockTimeoutMs
 */
export async function cutOver(
  context: TargetContext,
  stage: StageRef,
  how: CutOverHow,
): Promise<CutOverResult> {
  const { switched, ...result } = await inBriefTries(stage, how.lockTimeoutMs, async (leftMs) => {
    for (;;) {
      try {
        return await inTarget(context, async (_query, session) =>
          cutOverOnce({ context, session, stage, how, leftMs }),
        );
      } catch (error) {
        if (!(error instanceof PartitionRefused) && switchRefusal(error) === null) throw error;
        await keepRefusal(context, stage, error);
      }
    }
  });
  if (switched) await refreshStatistics(context, stage);
  return result;
}

/** When all is merged already, a further refusal would be one of the merge. */
async function keepRefusal(context: TargetContext, stage: StageRef, error: unknown): Promise<void> {
  await inTarget(context, async (query) => {
    await beginTable(query, stage);
    const record = await requireStage(query, stage);
    if (record.refused !== null) throw error;
    await recordStage(query, stage.tableId, withRefusal(record, error));
  });
}

/** A reason that meets so many partitions concerns the table. */
function withRefusal(record: StageRecord, error: unknown): StageRecord {
  if (!(error instanceof PartitionRefused)) return { ...record, refused: switchRefusal(error) };
  const { number, why } = error;
  if (record.apart.length >= MERGED_APART) return { ...record, refused: why };
  return { ...record, apart: [...record.apart, { number, why }] };
}

interface Attempt {
  readonly context: TargetContext;
  readonly session: MsSession;
  readonly stage: StageRef;
  readonly how: CutOverHow;
  readonly leftMs: () => number;
}

interface TableNow extends Record<string, unknown> {
  phase: string;
  fault_code: string | null;
  position: string | null;
  load: string;
  waiting: number;
}

interface Tried extends CutOverResult {
  readonly switched: boolean;
}

async function cutOverOnce(attempt: Attempt): Promise<Tried> {
  const { context, session, stage, how } = attempt;
  const { query } = session;
  // Nobody reads through the lane's row: waiting for it, in line with the lane, hurts no one.
  const lane = await lockLaneOf(query, stage.tableId, attempt.leftMs());
  await session.batch(`SET LOCK_TIMEOUT ${TRY_MS};`);
  await beginTable(query, stage);
  const params = [param.bigint('table', stage.tableId), param.int('limit', how.maxRows + 1)];
  const table = onlyRow(await query<TableNow>(TABLE_NOW, params));
  const position = lane?.position ?? table.position ?? '';
  assertNotSetAside(stage, table.fault_code);
  if (table.phase === 'streaming') return { done: true, remaining: 0, position, switched: false };
  const { lanePassed } = await readCatchUp(query, stage);
  const passed = how.method === 'none' || lanePassed;
  if (table.waiting > how.maxRows || !passed) {
    return { done: false, remaining: table.waiting, position, switched: false };
  }
  const into = how.method === 'none' ? 'live' : 'stage';
  if (table.waiting > 0) {
    const { remaining } = await context.drain(session, stage, into, how.maxRows);
    if (remaining > 0) throw new Error('Changes were parked while the lane was locked.');
  }
  const { method } = how;
  const visible = { ...how, load: table.load };
  const switched = method !== 'none' && (await makeVisible(session, stage, { ...visible, method }));
  await finish(query, stage, lane);
  return { done: true, remaining: 0, position, switched };
}

async function finish(query: Query, stage: StageRef, lane: LockedLane | null): Promise<void> {
  const table = param.bigint('table', stage.tableId);
  await query(STREAMING, [table, param.nvarchar('position', lane?.position ?? null)]);
  await query(EMPTY_FEED, [table]);
  await endParking(query, stage.tableId, lane, false);
}
