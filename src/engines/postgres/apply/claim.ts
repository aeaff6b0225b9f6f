import type pg from 'pg';
import { SluiceError } from '../../../core/errors.js';
import type { LaneClaim } from '../../contract/lane.js';
import { sqlStateOf, toPgError } from '../pg-errors.js';
import { END_OWNER, SELECT_OWNER, TAKE_LANE } from './sql/lane.js';

const LOCK_NOT_AVAILABLE = '55P03';
/** How long one try waits for the lane's row before the owner is looked up again. */
const LOCK_TIMEOUT_MS = 2_000;
const DEADLINE_MS = 60_000;

export interface ClaimedLane {
  readonly claim: LaneClaim;
  readonly parkedSeq: bigint;
}

/**
 * Become the lane's owner. The former owner's session is ended first: it may hold the lane's row
 * in a transaction that nobody will finish.
 *
 * @throws SluiceError STATE_MISSING when the lane has no position yet; LOCK_TIMEOUT
 */
export async function claimLane(
  client: pg.Client,
  laneId: string,
  owner: string,
): Promise<ClaimedLane> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    await endFormerOwner(client, laneId);
    try {
      return await takeLane(client, laneId, owner);
    } catch (error) {
      const waited = sqlStateOf(error) === LOCK_NOT_AVAILABLE;
      if (!waited || Date.now() > deadline) throw toPgError(error, `lane ${laneId}`);
    }
  }
}

async function endFormerOwner(client: pg.Client, laneId: string): Promise<void> {
  const owners = await client.query<{ pid: number }>(SELECT_OWNER, [laneId]);
  for (const { pid } of owners.rows) {
    // A session of another role may not be ended; then its own time limits do it.
    await client.query(END_OWNER, [pid]).catch((error: unknown) => {
      if (sqlStateOf(error) !== '42501') throw error;
    });
  }
}

async function takeLane(client: pg.Client, laneId: string, owner: string): Promise<ClaimedLane> {
  await client.query(`set lock_timeout = ${LOCK_TIMEOUT_MS}`);
  try {
    const taken = await client.query<{
      fence: string;
      position: string;
      lineage: string;
      parked_seq: string;
      recorded: string | null;
      source_time: Date | null;
      moved_at: Date;
    }>(TAKE_LANE, [laneId, owner]);
    const row = taken.rows[0];
    if (row === undefined) {
      throw new SluiceError('STATE_MISSING', `Lane ${laneId} has no position to start from.`, {
        remedy: 'Start the pipeline: that prepares the feed and stores its first position.',
      });
    }
    const { fence, position, lineage } = row;
    const last = row.recorded === null ? null : { position: row.recorded, time: row.source_time };
    const claim = { laneId, fence, position, lineage, last, movedAt: row.moved_at };
    return { claim, parkedSeq: BigInt(row.parked_seq) };
  } finally {
    await client.query('reset lock_timeout').catch(() => undefined);
  }
}
