import type { TableStore } from '../../../state/store.js';
import type { Param } from '../param.js';
import { param } from '../param.js';
import type { StateDb } from './state-db.js';
import { onlyRow } from './state-db.js';
import { beginEpoch, dropParked } from './table-epoch.js';
import { setFlags } from './table-flags.js';
import { releaseTable, setPhase } from './table-phase.js';
import { tableReads } from './table-reads.js';
import { upsertTables } from './table-upsert.js';
import { raiseAttention, setWanted } from './table-wanted.js';

const CLAIM = `
update sluice.table_state
   set fence = fence + 1, updated_at = sysutcdatetime()
output inserted.fence
 where table_id = @table`;

const SET_FAULT = `
update sluice.table_state
   set fault_code = @code, fault_message = @message, updated_at = sysutcdatetime(),
       fault_at = case when @code is null then null else sysutcdatetime() end
 where table_id = @table`;

const SET_CUTOVER_STEP = `
update sluice.table_state
   set cutover_step = @step, updated_at = sysutcdatetime()
 where table_id = @table`;

const SET_FINGERPRINT = `
update sluice.table_state
   set source_fingerprint = @fingerprint, updated_at = sysutcdatetime()
 where table_id = @table`;

const SET_FEED_MARK = `
update sluice.table_state
   set feed_mark = @mark, updated_at = sysutcdatetime()
 where table_id = @table`;

const ATTENTION_SEEN = `
update sluice.table_state
   set attention_seen = @attention
 where table_id = @table and attention_seen < @attention`;

const REMOVE_PARKED = `delete from sluice.parked where table_id = @table`;

const REMOVE = `delete from sluice.table_state where table_id = @table`;

export function tableStore(db: StateDb): TableStore {
  const set = async (sql: string, tableId: string, ...params: Param[]): Promise<void> => {
    await db.query(sql, [param.bigint('table', tableId), ...params]);
  };
  return {
    ...tableReads(db),
    upsert: async (pipeline, target, specs, revision) =>
      upsertTables(db, pipeline, target, specs, revision),
    claim: async (tableId) =>
      onlyRow(await db.query<{ fence: string }>(CLAIM, [param.bigint('table', tableId)])).fence,
    setPhase: async (tableId, phase, why) => setPhase(db, tableId, phase, why),
    setFault: async (tableId, fault) =>
      set(
        SET_FAULT,
        tableId,
        param.nvarchar('code', fault?.code ?? null),
        param.nvarchar('message', fault?.message ?? null),
      ),
    release: async (tableId, held, phase, why) => releaseTable(db, tableId, held, { phase, why }),
    setWanted: async (tableId, wanted, by, reason) => setWanted(db, tableId, wanted, by, reason),
    setFlags: async (tableId, flags, lockTimeoutMs) => setFlags(db, tableId, flags, lockTimeoutMs),
    beginEpoch: async (tableId, facts) => beginEpoch(db, tableId, facts),
    setCutoverStep: async (tableId, step) =>
      set(SET_CUTOVER_STEP, tableId, param.nvarchar('step', step)),
    setFingerprint: async (tableId, fingerprint) =>
      set(SET_FINGERPRINT, tableId, param.nvarchar('fingerprint', fingerprint)),
    setFeedMark: async (tableId, mark) => set(SET_FEED_MARK, tableId, param.nvarchar('mark', mark)),
    dropParked: async (tableId, lockTimeoutMs) => dropParked(db, tableId, lockTimeoutMs),
    raiseAttention: async (tableIds) => raiseAttention(db, tableIds),
    attentionSeen: async (tableId, attention) =>
      set(ATTENTION_SEEN, tableId, param.bigint('attention', attention)),
    async remove(tableId) {
      const table = param.bigint('table', tableId);
      await db.transaction(async (query) => {
        await query(REMOVE_PARKED, [table]);
        await query(REMOVE, [table]);
      });
    },
  };
}
