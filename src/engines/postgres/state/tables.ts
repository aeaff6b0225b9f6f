import type { Place, TableRow, TableStore } from '../../../state/store.js';
import type { StateDb } from './state-db.js';
import { onlyRow } from './state-db.js';
import { beginEpoch, dropParked } from './table-epoch.js';
import { setFlags } from './table-flags.js';
import { tableOf, type TableRecord } from '../../contract/table-record.js';
import { SELECT_TABLES } from './table-row.js';
import { holderOfPlace, upsertTables } from './table-upsert.js';

const PAGE_LIMIT = 200;

const GET = `${SELECT_TABLES} where t.table_id = $1`;

const FIND = `${SELECT_TABLES} where t.pipeline = $1 and t.target = $2 and t.slug = $3`;

const PAGE = `${SELECT_TABLES}
 where t.pipeline = $1 and t.target = $2 and t.slug collate "C" > $3
 order by t.slug collate "C"
 limit $4`;

const LIST = `${SELECT_TABLES} where t.pipeline = $1 order by t.target, t.slug collate "C"`;

const PLACES_OF_OTHERS = `
select pipeline, target_schema as schema, target_table as table
  from sluice.table_state
 where wanted <> 'detach' and (pipeline, target) <> ($1, $2)
 order by 1, 2, 3`;

const NEEDING_ATTENTION = `${SELECT_TABLES}
 where t.pipeline = $1 and t.attention > t.attention_seen
 order by t.table_id
 limit ${String(PAGE_LIMIT)}`;

const CLAIM = `
update sluice.table_state
   set fence = fence + 1, updated_at = clock_timestamp()
 where table_id = $1
returning fence`;

/** The event is written with the phase, and only when the phase is another one. */
const SET_PHASE = `
with changed as (
  update sluice.table_state
     set phase = $2, phase_since = clock_timestamp(), updated_at = clock_timestamp(),
         phase_before = case when $2 = 'quarantined' then phase else phase_before end
   where table_id = $1 and phase <> $2
  returning pipeline, target, table_id)
insert into sluice.event (pipeline, target, table_id, kind, message)
select pipeline, target, table_id, 'phase', $2 || ': ' || $3
  from changed`;

const SET_FAULT = `
update sluice.table_state
   set fault_code = $2, fault_message = $3, updated_at = clock_timestamp(),
       fault_at = case when $2::text is null then null else clock_timestamp() end
 where table_id = $1`;

const RELEASE = `
with changed as (
  update sluice.table_state
     set phase = $4, phase_since = clock_timestamp(), attention = attention + 1,
         fault_code = null, fault_message = null, fault_at = null, updated_at = clock_timestamp()
   where table_id = $1 and phase = 'quarantined' and fault_code = $2 and epoch = $3
  returning pipeline, target, table_id)
insert into sluice.event (pipeline, target, table_id, kind, message)
select pipeline, target, table_id, 'phase', $4 || ': ' || $5
  from changed
returning table_id`;

const SET_WANTED = `
update sluice.table_state
   set wanted = $2, wanted_by = $3, wanted_reason = $4, attention = attention + 1,
       updated_at = clock_timestamp()
 where table_id = $1`;

const SET_CUTOVER_STEP = `
update sluice.table_state
   set cutover_step = $2, updated_at = clock_timestamp()
 where table_id = $1`;

const SET_FINGERPRINT = `
update sluice.table_state
   set source_fingerprint = $2, updated_at = clock_timestamp()
 where table_id = $1`;

const SET_FEED_MARK = `
update sluice.table_state
   set feed_mark = $2, updated_at = clock_timestamp()
 where table_id = $1`;

const RAISE_ATTENTION = `
update sluice.table_state
   set attention = attention + 1, updated_at = clock_timestamp()
 where table_id = any ($1::bigint[])`;

const ATTENTION_SEEN = `
update sluice.table_state
   set attention_seen = greatest(attention_seen, $2::bigint)
 where table_id = $1`;

const REMOVE_PARKED = `delete from sluice.parked where table_id = $1`;

const REMOVE = `delete from sluice.table_state where table_id = $1`;

interface PlaceRecord extends Record<string, unknown> {
  readonly pipeline: string;
  readonly schema: string;
  readonly table: string;
}

async function placesOfOthers(db: StateDb, pipeline: string, target: string): Promise<Place[]> {
  const rows = await db.rows<PlaceRecord>(PLACES_OF_OTHERS, [pipeline, target]);
  return rows.map((row) => ({
    pipeline: row.pipeline,
    table: { schema: row.schema, table: row.table },
  }));
}

export function tableStore(db: StateDb): TableStore {
  const one = async (sql: string, values: readonly unknown[]): Promise<TableRow | null> => {
    const [row] = await db.rows<TableRecord<Date> & Record<string, unknown>>(sql, values);
    return row === undefined ? null : tableOf(row);
  };
  const many = async (sql: string, values: readonly unknown[]): Promise<TableRow[]> =>
    (await db.rows<TableRecord<Date> & Record<string, unknown>>(sql, values)).map(tableOf);
  const run = async (sql: string, values: readonly unknown[]): Promise<void> => {
    await db.rows(sql, values);
  };
  return {
    upsert: async (pipeline, target, specs, revision) =>
      upsertTables(db, pipeline, target, specs, revision),
    get: async (tableId) => one(GET, [tableId]),
    find: async (pipeline, target, slug) => one(FIND, [pipeline, target, slug]),
    page: async (pipeline, target, after, limit) =>
      many(PAGE, [pipeline, target, after, Math.min(limit, PAGE_LIMIT)]),
    list: async (pipeline) => many(LIST, [pipeline]),
    placesOfOthers: async (pipeline, target) => placesOfOthers(db, pipeline, target),
    claim: async (tableId) => onlyRow(await db.rows<{ fence: string }>(CLAIM, [tableId])).fence,
    setPhase: async (tableId, phase, why) => run(SET_PHASE, [tableId, phase, why]),
    setFault: async (tableId, fault) =>
      run(SET_FAULT, [tableId, fault?.code ?? null, fault?.message ?? null]),
    release: async (tableId, { faultCode, epoch }, phase, why) =>
      (await db.rows(RELEASE, [tableId, faultCode, epoch, phase, why])).length > 0,
    setWanted: async (tableId, wanted, by, reason) => {
      try {
        await run(SET_WANTED, [tableId, wanted, by, reason]);
      } catch (error) {
        throw (await holderOfPlace(db, tableId, error)) ?? error;
      }
    },
    setFlags: async (tableId, flags, lockTimeoutMs) => setFlags(db, tableId, flags, lockTimeoutMs),
    beginEpoch: async (tableId, facts) => beginEpoch(db, tableId, facts),
    setCutoverStep: async (tableId, step) => run(SET_CUTOVER_STEP, [tableId, step]),
    setFingerprint: async (tableId, fingerprint) => run(SET_FINGERPRINT, [tableId, fingerprint]),
    setFeedMark: async (tableId, mark) => run(SET_FEED_MARK, [tableId, mark]),
    dropParked: async (tableId, lockTimeoutMs) => dropParked(db, tableId, lockTimeoutMs),
    raiseAttention: async (tableIds) => run(RAISE_ATTENTION, [[...tableIds]]),
    needingAttention: async (pipeline) => many(NEEDING_ATTENTION, [pipeline]),
    attentionSeen: async (tableId, attention) => run(ATTENTION_SEEN, [tableId, attention]),
    async remove(tableId) {
      await db.transaction(async (session) => {
        await session.rows(REMOVE_PARKED, [tableId]);
        await session.rows(REMOVE, [tableId]);
      });
    },
  };
}
