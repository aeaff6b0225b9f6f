import { SluiceError } from '../../../core/errors.js';
import type { TableFlags } from '../../../state/store.js';
import { param } from '../param.js';
import type { Query } from '../sql-session.js';
import type { StateDb } from './state-db.js';
import { onlyRow } from './state-db.js';

const LANE_OF = `select lane_id from sluice.table_state where table_id = @table`;

/** The setting ends with the statement's text: nothing after it waits less than it should. */
const lockLaneSql = (timeoutMs: number): string => `
set lock_timeout ${String(Math.max(0, Math.round(timeoutMs)))};
select lane_id, fence, membership, position, parked_seq
  from sluice.lane with (updlock, rowlock)
 where lane_id = @lane`;

const SET_FLAGS = `
update sluice.table_state
   set applies = @applies, parks = @parks, updated_at = sysutcdatetime()
output inserted.table_id
 where table_id = @table and (applies <> @applies or parks <> @parks)`;

/** The lane counts again from where it begins or ends to park. */
const RESET_FEED = `
update sluice.table_feed
   set parks_from = null
 where table_id = @table`;

const RAISE_MEMBERSHIP = `
update sluice.lane
   set membership = membership + 1, updated_at = sysutcdatetime()
 where lane_id = @lane`;

export interface LockedLane extends Record<string, unknown> {
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
  await db.transaction(async (query) => {
    const lane = await lockLaneOf(query, tableId, lockTimeoutMs);
    await writeFlags(query, tableId, lane, flags);
  });
}

/** Flags, membership + 1 and a new start of parking; nothing when the flags are set already. */
export async function writeFlags(
  query: Query,
  tableId: string,
  lane: LockedLane | null,
  flags: TableFlags,
): Promise<void> {
  const changed = await query(SET_FLAGS, [
    param.bigint('table', tableId),
    param.bit('applies', flags.applies),
    param.bit('parks', flags.parks),
  ]);
  if (changed.length === 0) return;
  await endParking(query, tableId, lane, flags.parks);
}

/** Raise the lane's membership; where the table does not park (any more), forget since when. */
export async function endParking(
  query: Query,
  tableId: string,
  lane: LockedLane | null,
  stillParks: boolean,
): Promise<void> {
  if (!stillParks) await query(RESET_FEED, [param.bigint('table', tableId)]);
  if (lane !== null) await query(RAISE_MEMBERSHIP, [param.bigint('lane', lane.lane_id)]);
}

/**
 * First the lane's row, then anything of the table: the order that every step keeps. Null for a
 * table without a lane. Inside a transaction, to whose end the row stays locked.
 *
 * @throws SluiceError LOCK_TIMEOUT, TABLE_UNKNOWN
 */
export async function lockLaneOf(
  query: Query,
  tableId: string,
  lockTimeoutMs: number,
): Promise<LockedLane | null> {
  const [table] = await query<{ lane_id: string | null }>(LANE_OF, [
    param.bigint('table', tableId),
  ]);
  if (table === undefined) {
    throw new SluiceError('TABLE_UNKNOWN', `There is no table with the id ${tableId}.`, {
      remedy: 'It was removed meanwhile; `sluice tables` lists those that are there.',
    });
  }
  if (table.lane_id === null) return null;
  const params = [param.bigint('lane', table.lane_id)];
  return onlyRow(await query<LockedLane>(lockLaneSql(lockTimeoutMs), params));
}
