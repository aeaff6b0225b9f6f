import { SluiceError } from '../../../core/errors.js';
import type { LaneClaim } from '../../contract/lane.js';
import type { MsSession } from '../sql-session.js';
import { param } from '../sql-session.js';
import { toDate, toDateOrNull } from '../state/utc-time.js';
import { unlessHidden } from '../unless-hidden.js';
import { OWN_LOGIN, SELECT_OWNER, killSql, takeLaneSql } from './sql/lane.js';

/** How long one try waits for the lane's row before the owner is looked up again. */
const LOCK_TIMEOUT_MS = 2_000;
const DEADLINE_MS = 60_000;

export interface ClaimedLane {
  readonly claim: LaneClaim;
  readonly parkedSeq: bigint;
}

interface Taken extends Record<string, unknown> {
  fence: string;
  position: string;
  lineage: string;
  parked_seq: string;
  recorded: string | null;
  source_time: string | null;
  moved_at: string;
}

/**
 * Become the lane's owner. The former owner's session is ended first, where the login may: it may
 * hold the lane's row in a transaction that nobody will finish.
 *
 * @throws SluiceError STATE_MISSING when the lane has no position yet; LOCK_TIMEOUT
 */
export async function claimLane(
  session: MsSession,
  laneId: string,
  owner: string,
): Promise<ClaimedLane> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    await endFormerOwner(session, laneId);
    try {
      return await takeLane(session, laneId, owner);
    } catch (error) {
      const waited = error instanceof SluiceError && error.code === 'LOCK_TIMEOUT';
      if (!waited || Date.now() > deadline) throw error;
    }
  }
}

/**
 * Where sessions are not to be seen, or not to be ended, the fence alone shuts it out: then what it
 * has locked is waited for.
 */
async function endFormerOwner(session: MsSession, laneId: string): Promise<void> {
  const params = [param.bigint('lane', laneId)];
  const owners = await unlessHidden(async () =>
    session.query<{ session_id: number }>(SELECT_OWNER, params),
  );
  for (const { session_id: id } of owners ?? []) {
    await session.batch(killSql(id)).catch((error: unknown) => {
      if (!session.isOpen()) throw error;
    });
  }
}

async function takeLane(session: MsSession, laneId: string, owner: string): Promise<ClaimedLane> {
  const login = await unlessHidden(async () => session.query<{ began: string }>(OWN_LOGIN));
  const params = [
    param.bigint('lane', laneId),
    param.nvarchar('owner', owner),
    param.nvarchar('began', login?.[0]?.began ?? null),
  ];
  const [row] = await session.query<Taken>(takeLaneSql(LOCK_TIMEOUT_MS), params);
  if (row === undefined) {
    throw new SluiceError('STATE_MISSING', `Lane ${laneId} has no position to start from.`, {
      remedy: 'Start the pipeline: that prepares the feed and stores its first position.',
    });
  }
  const { fence, position, lineage, recorded } = row;
  const last =
    recorded === null ? null : { position: recorded, time: toDateOrNull(row.source_time) };
  const claim = { laneId, fence, position, lineage, last, movedAt: toDate(row.moved_at) };
  return { claim, parkedSeq: BigInt(row.parked_seq) };
}
