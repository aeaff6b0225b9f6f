import type pg from 'pg';
import type { CutOverHow, StageRef } from '../../contract/full-sync.js';
import type { StateSession } from '../state/state-db.js';
import { onlyRow } from '../state/state-db.js';
import type { LockedLane } from '../state/table-flags.js';
import { endParking, lockLaneOf } from '../state/table-flags.js';
import { inBriefTries, TRY_MS } from './brief-locks.js';
import { assertNotSetAside, readCatchUp } from './catch-up.js';
import { makeVisible } from './make-visible.js';
import { tellSeenByFetch } from './seen-by-fetch.js';
import type { TargetContext } from './target-context.js';
import { beginTable, inTarget } from './target-context.js';

interface CutOverResult {
  readonly done: boolean;
  readonly remaining: number;
  readonly position: string;
  readonly refused?: string;
}

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
  const result = await inBriefTries(stage, how.lockTimeoutMs, async (leftMs) =>
    inTarget(context, async (session, client) =>
      cutOverOnce({ context, session, client, stage, how, leftMs }),
    ),
  );
  if (!result.done && how.method !== 'none') await tellSeenByFetch(context, stage);
  return result;
}

interface Attempt {
  readonly context: TargetContext;
  readonly session: StateSession;
  readonly client: pg.Client;
  readonly stage: StageRef;
  readonly how: CutOverHow;
  readonly leftMs: () => number;
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
  const lane = await lockLaneOf(session, stage.tableId, attempt.leftMs());
  await session.rows(`set local lock_timeout = ${String(TRY_MS)}`);
  await beginTable(session, stage);
  const values = [stage.tableId, how.maxRows + 1];
  const table = onlyRow(await session.rows<TableNow & Record<string, unknown>>(TABLE_NOW, values));
  const position = lane?.position ?? table.position ?? '';
  assertNotSetAside(stage, table.fault_code);
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
    // A row that was fetched meanwhile may be newer than the rest.
    const now = await readCatchUp(session, stage);
    if (how.method !== 'none' && !now.lanePassed) return { done: false, remaining, position };
  }
  const { method } = how;
  if (method !== 'none') {
    const refused = await makeVisible(session, stage, { ...how, method });
    if (refused !== null) return { done: false, remaining: 0, position, refused };
  }
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
