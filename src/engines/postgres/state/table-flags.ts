import { SluiceError } from '../../../core/errors.js';
import type { TableFlags } from '../../../state/store.js';
import type { StateDb, StateSession } from './state-db.js';
import { onlyRow } from './state-db.js';

const LANE_OF = `select lane_id from sluice.table_state where table_id = $1`;

const LOCK_TIMEOUT = `select set_config('lock_timeout', $1, true)`;

const LOCK_LANE = `
select lane_id, fence, membership, position, parked_seq
  from sluice.lane
 where lane_id = $1
   for update`;

const SET_FLAGS = `
update sluice.table_state
   set applies = $2, parks = $3, updated_at = clock_timestamp()
 where table_id = $1 and (applies, parks) is distinct from ($2, $3)
returning table_id`;

/** The lane counts again from where it begins or ends to park. */
const RESET_FEED = `
update sluice.table_feed
   set parks_from = null
 where table_id = $1`;

const RAISE_MEMBERSHIP = `
update sluice.lane
   set membership = membership + 1, updated_at = clock_timestamp()
 where lane_id = $1`;

export interface LockedLane {
  readonly lane_id: string;
  readonly fence: string;
  readonly membership: string;
  readonly position: string | null;
  readonly parked_seq: string;
}

/** What the lane knows of a table changes only under its row lock: see the lane's batches. */
export async function setFlags(
  db: StateDb,
  tableId: string,
  flags: TableFlags,
  lockTimeoutMs: number,
): Promise<void> {
  await db.transaction(async (session) => {
    const lane = await lockLaneOf(session, tableId, lockTimeoutMs);
    await writeFlags(session, tableId, lane, flags);
  });
}

/** Flags, membership + 1 and a new start of parking; nothing when the flags are set already. */
export async function writeFlags(
  session: StateSession,
  tableId: string,
  lane: LockedLane | null,
  flags: TableFlags,
): Promise<void> {
  const changed = await session.rows(SET_FLAGS, [tableId, flags.applies, flags.parks]);
  if (changed.length === 0) return;
  await endParking(session, tableId, lane, flags.parks);
}

/** Raise the lane's membership; where the table does not park (any more), forget since when. */
export async function endParking(
  session: StateSession,
  tableId: string,
  lane: LockedLane | null,
  stillParks: boolean,
): Promise<void> {
  if (!stillParks) await session.rows(RESET_FEED, [tableId]);
  if (lane !== null) await session.rows(RAISE_MEMBERSHIP, [lane.lane_id]);
}

/**
 * First the lane's row, then anything of the table: the order that every step keeps. Null for a
 * table without a lane. Inside a transaction; the lock_timeout stays for the rest of it.
 */
export async function lockLaneOf(
  session: StateSession,
  tableId: string,
  lockTimeoutMs: number,
): Promise<LockedLane | null> {
  await session.rows(LOCK_TIMEOUT, [String(lockTimeoutMs)]);
  const [table] = await session.rows<{ lane_id: string | null }>(LANE_OF, [tableId]);
  if (table === undefined) {
    throw new SluiceError('TABLE_UNKNOWN', `There is no table with the id ${tableId}.`, {
      remedy: 'It was removed meanwhile; `sluice tables` lists those that are there.',
    });
  }
  if (table.lane_id === null) return null;
  return onlyRow(
    await session.rows<LockedLane & Record<string, unknown>>(LOCK_LANE, [table.lane_id]),
  );
}
