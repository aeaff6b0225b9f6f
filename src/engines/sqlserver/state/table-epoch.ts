import { param } from '../param.js';
import type { StateDb } from './state-db.js';
import { onlyRow } from './state-db.js';
import { endParking, lockLaneOf, writeFlags } from './table-flags.js';

/** The lane's batches are short, but one large source transaction may hold its row for a while. */
const LANE_LOCK_TIMEOUT_MS = 10_000;
/** Below 5,000, where the server would lock the whole table instead of its rows. */
const DELETED_AT_ONCE = 4_000;

const FIND_BEGUN = `
select epoch, fence
  from sluice.table_state with (updlock, rowlock)
 where table_id = @table and epoch_request = @request`;

/**
 * The last change of the former epoch. What is parked anew was sent from parks_from on; before the
 * lane has committed that, everything that is parked is of the former one.
 */
const LEFT_OF_FORMER = `
select coalesce(max(p.seq), 0) as seq
  from sluice.parked p
  left join sluice.table_feed f on f.table_id = p.table_id
 where p.table_id = @table and p.seq <= @upTo
   and (f.parks_from is null or p.position < f.parks_from)`;

const BEGIN_EPOCH = `
update sluice.table_state
   set epoch = epoch + 1, fence = fence + 1, epoch_request = @request, cutover_step = null,
       stage_position = null, source_fingerprint = @fingerprint, rows_estimated = @estimated,
       rows_copied = 0, phase = N'fullSync', phase_since = sysutcdatetime(),
       updated_at = sysutcdatetime()
output inserted.epoch, inserted.fence
 where table_id = @table`;

/**
 * Outside the transaction that begins an epoch: a finished chunk locks its own row first and the
 * table's after it, the other way round.
 */
const EMPTY_FORMER_LEDGER = `
delete from sluice.chunk
 where table_id = @table and epoch < @epoch`;

const FORGET_PARKED = `
update sluice.table_feed
   set parks_from = null, parked_rows = 0, parked_bytes = 0, parked_since = null
 where table_id = @table`;

/** From the oldest on: what is left after a crash is the newest part, without a gap inside. */
const DELETE_PARKED = `
delete from sluice.parked
 where table_id = @table
   and seq <= (select max(oldest.seq)
                 from (select top (${String(DELETED_AT_ONCE)}) seq
                         from sluice.parked
                        where table_id = @table and seq <= @upTo
                        order by seq) oldest);
select @@rowcount as deleted`;

/** Whoever works on the table holds a former fence from here on. */
const SHUT_OUT = `
update sluice.table_state
   set fence = fence + 1
output inserted.table_id
 where table_id = @table and phase = N'quarantined'`;

interface EpochFacts {
  readonly fingerprint: string;
  readonly rowsEstimated: number;
  /** The same request begins one epoch, however often it is repeated. */
  readonly requestId: string;
}

interface Begun extends Record<string, unknown> {
  epoch: string;
  fence: string;
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
  const table = param.bigint('table', tableId);
  const request = param.nvarchar('request', facts.requestId);
  const begun = await db.transaction(async (query) => {
    const lane = await lockLaneOf(query, tableId, LANE_LOCK_TIMEOUT_MS);
    const parkedUpTo = lane?.parked_seq ?? '0';
    const [former] = await query<Begun>(FIND_BEGUN, [table, request]);
    if (former !== undefined) {
      // The attempt that began it may have died before it had deleted everything.
      const upTo = param.bigint('upTo', parkedUpTo);
      const left = onlyRow(await query<{ seq: string }>(LEFT_OF_FORMER, [table, upTo]));
      return { ...former, parkedUpTo: left.seq };
    }
    const row = onlyRow(
      await query<Begun>(BEGIN_EPOCH, [
        table,
        request,
        param.nvarchar('fingerprint', facts.fingerprint),
        param.bigint('estimated', Math.round(facts.rowsEstimated)),
      ]),
    );
    await query(FORGET_PARKED, [table]);
    await endParking(query, tableId, lane, false);
    return { ...row, parkedUpTo };
  });
  await db.query(EMPTY_FORMER_LEDGER, [table, param.bigint('epoch', begun.epoch)]);
  await deleteParked(db, tableId, begun.parkedUpTo);
  return { epoch: begun.epoch, fence: begun.fence };
}

/** Beyond its budget: nothing of the table is kept any more, and it is out of the lane. */
export async function dropParked(
  db: StateDb,
  tableId: string,
  lockTimeoutMs: number,
): Promise<void> {
  const table = param.bigint('table', tableId);
  const upTo = await db.transaction(async (query) => {
    const lane = await lockLaneOf(query, tableId, lockTimeoutMs);
    const quarantined = await query(SHUT_OUT, [table]);
    if (quarantined.length === 0) return null; // a new epoch has begun meanwhile
    await writeFlags(query, tableId, lane, { applies: false, parks: false });
    await query(FORGET_PARKED, [table]);
    return lane?.parked_seq ?? '0';
  });
  if (upTo !== null) await deleteParked(db, tableId, upTo);
}

/** Outside the lane's lock, in pieces: a long pause may have left gigabytes. */
async function deleteParked(db: StateDb, tableId: string, upTo: string): Promise<void> {
  const params = [param.bigint('table', tableId), param.bigint('upTo', upTo)];
  for (;;) {
    const { deleted } = onlyRow(await db.query<{ deleted: number }>(DELETE_PARKED, params));
    if (deleted < DELETED_AT_ONCE) return;
  }
}
