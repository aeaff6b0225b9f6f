import type { CutOverHow, StageRef } from '../../contract/full-sync.js';
import { param } from '../param.js';
import type { MsSession, Query } from '../sql-session.js';
import { onlyRow } from '../state/state-db.js';
import type { LockedLane } from '../state/table-flags.js';
import { endParking, lockLaneOf } from '../state/table-flags.js';
import { inBriefTries, TRY_MS } from './brief-locks.js';
import { assertNotSetAside, readCatchUp } from './catch-up.js';
import { makeVisible } from './make-visible.js';
import { keepRefusal } from './refusal.js';
import { refreshStatistics } from './refresh-statistics.js';
import { EMPTY_FEED, STREAMING, TABLE_NOW } from './sql/state-sql.js';
import type { TargetContext } from './target-context.js';
import { beginTable, inTarget } from './target-context.js';

interface CutOverResult {
  readonly done: boolean;
  readonly remaining: number;
  readonly position: string;
  readonly refused?: string;
}

/**
 * The short final transaction. Not done, and nothing changed, when more than maxRows changes wait
 * or the feed has not delivered all that the copy has seen, or when the server refused a SWITCH: then
 * rows have to be merged, for which no lane waits.
 *
 * @throws SluiceError LOCK_TIMEOUT when a lock was not to be had within lockTimeoutMs
 */
export async function cutOver(
  context: TargetContext,
  stage: StageRef,
  how: CutOverHow,
): Promise<CutOverResult> {
  const { switched, ...result } = await inBriefTries<Tried>(
    stage,
    how.lockTimeoutMs,
    async (leftMs) => {
      try {
        return await inTarget(context, async (_query, session) =>
          cutOverOnce({ context, session, stage, how, leftMs }),
        );
      } catch (error) {
        const refused = await keepRefusal(context, stage, error);
        if (refused === null) throw error;
        return { done: false, remaining: 0, position: '', switched: false, refused };
      }
    },
  );
  if (switched) await refreshStatistics(context, stage);
  return result;
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
    // A row that was fetched meanwhile may be newer than the rest.
    const now = await readCatchUp(query, stage);
    if (how.method !== 'none' && !now.lanePassed) {
      return { done: false, remaining, position, switched: false };
    }
  }
  const { method } = how;
  const visible = { ...how, load: table.load };
  const switched = method !== 'none' && (await makeVisible(query, stage, { ...visible, method }));
  await finish(query, stage, lane);
  return { done: true, remaining: 0, position, switched };
}

async function finish(query: Query, stage: StageRef, lane: LockedLane | null): Promise<void> {
  const table = param.bigint('table', stage.tableId);
  await query(STREAMING, [table, param.nvarchar('position', lane?.position ?? null)]);
  await query(EMPTY_FEED, [table]);
  await endParking(query, stage.tableId, lane, false);
}
