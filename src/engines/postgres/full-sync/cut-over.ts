import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { FinalMethod, StageRef } from '../../contract/full-sync.js';
import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import { MENDED_BY_RESYNC } from '../../../core/table-life.js';
import { sqlStateOf } from '../pg-errors.js';
import type { StateSession } from '../state/state-db.js';
import { onlyRow } from '../state/state-db.js';
import type { LockedLane } from '../state/table-flags.js';
import { endParking, lockLaneOf } from '../state/table-flags.js';
import { readCatchUp } from './catch-up.js';
import { makeVisible } from './make-visible.js';
import type { TargetContext } from './target-context.js';
import { beginTable, inTarget } from './target-context.js';

interface CutOverHow {
  readonly method: FinalMethod;
  readonly maxRows: number;
  readonly lockTimeoutMs: number;
}

interface CutOverResult {
  readonly done: boolean;
  readonly remaining: number;
  readonly position: string;
}

/**
 * A statement that waits for an exclusive lock blocks every reader behind it. So each try waits for
 * a moment only, gives everything back, and leaves the readers a longer while before the next.
 */
const TRY_MS = 40;
const BETWEEN_TRIES_MS = 120;
const LOCK_NOT_AVAILABLE = '55P03';

const TABLE_NOW = `
select t.phase, t.fault_code, t.position, count(p.seq)::integer as waiting
  from sluice.table_state t
  left join (select table_id, seq from sluice.parked where table_id = $1 limit $2) p
       using (table_id)
 where t.table_id = $1
 group by t.phase, t.fault_code, t.position`;

const STREAMING = `
update sluice.table_state
   set phase = 'streaming', phase_since = clock_timestamp(), cutover_step = null,
       applies = lane_id is not null, parks = false, position = coalesce($2, position),
       updated_at = clock_timestamp()
 where table_id = $1`;

const EMPTY_FEED = `
update sluice.table_feed
   set parked_rows = 0, parked_bytes = 0, parked_since = null
 where table_id = $1`;

/**
 * The short final transaction. Not done, and nothing changed, when more than maxRows changes wait
 * or the feed has not delivered all that the copy has seen.
 *
 * @throws SluiceError LOCK_TIMEOUT when a lock was not to be had within lockTimeoutMs
 */
export async function cutOver(
  context: TargetContext,
  stage: StageRef,
  how: CutOverHow,
): Promise<CutOverResult> {
  const deadline = Date.now() + how.lockTimeoutMs;
  for (;;) {
    try {
      return await inTarget(context, async (session, client) =>
        cutOverOnce({ context, session, client, stage, how, deadline }),
      );
    } catch (error) {
      if (sqlStateOf(error) !== LOCK_NOT_AVAILABLE) throw error;
      if (Date.now() + BETWEEN_TRIES_MS >= deadline) throw noLock(stage, how.lockTimeoutMs, error);
      await delay(BETWEEN_TRIES_MS);
    }
  }
}

interface Attempt {
  readonly context: TargetContext;
  readonly session: StateSession;
  readonly client: pg.Client;
  readonly stage: StageRef;
  readonly how: CutOverHow;
  readonly deadline: number;
}

interface TableNow {
  phase: string;
  fault_code: string | null;
  position: string | null;
  waiting: number;
}

async function cutOverOnce(attempt: Attempt): Promise<CutOverResult> {
  const { context, session, client, stage, how } = attempt;
  // Nobody reads through the lane's row: waiting for it, in line with the lane, hurts no one.
  const lane = await lockLaneOf(
    session,
    stage.tableId,
    Math.max(TRY_MS, attempt.deadline - Date.now()),
  );
  await session.rows(`set local lock_timeout = ${String(TRY_MS)}`);
  await beginTable(session, stage);
  const values = [stage.tableId, how.maxRows + 1];
  const table = onlyRow(await session.rows<TableNow & Record<string, unknown>>(TABLE_NOW, values));
  const position = lane?.position ?? table.position ?? '';
  if (MENDED_BY_RESYNC.has(table.fault_code ?? '')) throw setAside(stage);
  if (table.phase === 'streaming') return { done: true, remaining: 0, position };
  const { lanePassed } = await readCatchUp(session, stage);
  const passed = how.method === 'none' || lanePassed;
  if (table.waiting > how.maxRows || !passed) {
    return { done: false, remaining: table.waiting, position };
  }
  const into = how.method === 'none' ? 'live' : 'stage';
  if (table.waiting > 0) {
    const { remaining } = await context.drain(client, stage, into, how.maxRows);
    if (remaining > 0) throw new Error('Changes were parked while the lane was locked.');
  }
  if (how.method !== 'none') await makeVisible(session, stage, how.method);
  await finish(session, stage, lane);
  return { done: true, remaining: 0, position };
}

async function finish(
  session: StateSession,
  stage: StageRef,
  lane: LockedLane | null,
): Promise<void> {
  await session.rows(STREAMING, [stage.tableId, lane?.position ?? null]);
  await session.rows(EMPTY_FEED, [stage.tableId]);
  await endParking(session, stage.tableId, lane, false);
}

/** Changes were lost while this was under way: what it would show is not whole. */
function setAside(stage: StageRef): SluiceError {
  const message = `${displayName(stage.target)} was set aside; epoch ${stage.epoch} is over.`;
  return new SluiceError('STALE_EPOCH', message);
}

function noLock(stage: StageRef, waitedMs: number, cause: unknown): SluiceError {
  const table = displayName(stage.target);
  return new SluiceError(
    'LOCK_TIMEOUT',
    `${table} was in use for ${String(waitedMs)} ms, so its new rows are not visible yet.`,
    {
      remedy: 'It is tried again; a long statement on the table or a long batch of its lane ends.',
      vendorCode: LOCK_NOT_AVAILABLE,
      cause,
    },
  );
}
