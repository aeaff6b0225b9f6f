import type { StateDb } from './state-db.js';
import { onlyRow } from './state-db.js';
import { endParking, lockLaneOf, writeFlags } from './table-flags.js';

/** The lane's batches are short, but one large source transaction may hold its row for a while. */
const LANE_LOCK_TIMEOUT_MS = 10_000;
const DELETED_AT_ONCE = 20_000;

const FIND_BEGUN = `
select epoch, fence
  from sluice.table_state
 where table_id = $1 and epoch_request = $2
   for update`;

/**
 * The last change of the former epoch. What is parked anew was sent from parks_from on; before the
 * lane has committed that, everything that is parked is of the former one.
 */
const LEFT_OF_FORMER = `
select coalesce(max(p.seq), 0) as seq
  from sluice.parked p
  left join sluice.table_feed f using (table_id)
 where p.table_id = $1 and p.seq <= $2
   and (f.parks_from is null or p.position collate "C" < f.parks_from collate "C")`;

const BEGIN_EPOCH = `
update sluice.table_state
   set epoch = epoch + 1, fence = fence + 1, epoch_request = $4, cutover_step = null,
       stage_position = null, source_fingerprint = $2, rows_estimated = $3, rows_copied = 0,
       phase = 'fullSync', phase_since = clock_timestamp(), updated_at = clock_timestamp()
 where table_id = $1
returning epoch, fence`;

/**
 * Outside the transaction that begins an epoch: a finished chunk locks its own row first and the
 * table's after it, the other way round.
 */
const EMPTY_FORMER_LEDGER = `delete from sluice.chunk where table_id = $1 and epoch < $2`;

const FORGET_PARKED = `
update sluice.table_feed
   set parks_from = null, parked_rows = 0, parked_bytes = 0, parked_since = null
 where table_id = $1`;

/** From the oldest on: what is left after a crash is the newest part, without a gap inside. */
const DELETE_PARKED = `
delete from sluice.parked
 where table_id = $1
   and seq in (select seq from sluice.parked
                where table_id = $1 and seq <= $2
                order by seq limit $3)
returning 1 as deleted`;

interface EpochFacts {
  readonly fingerprint: string;
  readonly rowsEstimated: number;
  /** The same request begins one epoch, however often it is repeated. */
  readonly requestId: string;
}

interface Begun {
  epoch: string;
  fence: string;
}

interface Left extends Record<string, unknown> {
  seq: string;
}

/**
 * The next epoch; what was parked for the former one goes, as the new copy holds it. The lane has
 * to commit a new start of parking before the copy may begin.
 */
export async function beginEpoch(
  db: StateDb,
  tableId: string,
  facts: EpochFacts,
): Promise<{ epoch: string; fence: string }> {
  const begun = await db.transaction(async (session) => {
    const lane = await lockLaneOf(session, tableId, LANE_LOCK_TIMEOUT_MS);
    const parkedUpTo = lane?.parked_seq ?? '0';
    const [former] = await session.rows<Begun>(FIND_BEGUN, [tableId, facts.requestId]);
    if (former !== undefined) {
      // The attempt that began it may have died before it had deleted everything.
      const left = onlyRow(await session.rows<Left>(LEFT_OF_FORMER, [tableId, parkedUpTo]));
      return { ...former, parkedUpTo: left.seq };
    }
    const { fingerprint, rowsEstimated, requestId } = facts;
    const values = [tableId, fingerprint, Math.round(rowsEstimated), requestId];
    const row = onlyRow(await session.rows<Begun>(BEGIN_EPOCH, values));
    await session.rows(FORGET_PARKED, [tableId]);
    await endParking(session, tableId, lane, false);
    return { epoch: row.epoch, fence: row.fence, parkedUpTo };
  });
  await db.rows(EMPTY_FORMER_LEDGER, [tableId, begun.epoch]);
  await deleteParked(db, tableId, begun.parkedUpTo);
  return { epoch: begun.epoch, fence: begun.fence };
}

/** Whoever works on the table holds a former fence from here on. */
const SHUT_OUT = `
update sluice.table_state
   set fence = fence + 1
 where table_id = $1 and phase = 'quarantined'
returning 1 as quarantined`;

/** Beyond its budget: nothing of the table is kept any more, and it is out of the lane. */
export async function dropParked(
  db: StateDb,
  tableId: string,
  lockTimeoutMs: number,
): Promise<void> {
  const upTo = await db.transaction(async (session) => {
    const lane = await lockLaneOf(session, tableId, lockTimeoutMs);
    const quarantined = await session.rows(SHUT_OUT, [tableId]);
    if (quarantined.length === 0) return null; // a new epoch has begun meanwhile
    await writeFlags(session, tableId, lane, { applies: false, parks: false });
    await session.rows(FORGET_PARKED, [tableId]);
    return lane?.parked_seq ?? '0';
  });
  if (upTo !== null) await deleteParked(db, tableId, upTo);
}

/** Outside the lane's lock, in pieces: a long pause may have left gigabytes. */
async function deleteParked(db: StateDb, tableId: string, upTo: string): Promise<void> {
  for (;;) {
    const deleted = await db.rows(DELETE_PARKED, [tableId, upTo, DELETED_AT_ONCE]);
    if (deleted.length < DELETED_AT_ONCE) return;
  }
}
