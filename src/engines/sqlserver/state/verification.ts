import type { VerificationStore } from '../../../state/store.js';
import { param } from '../param.js';
import type { StateDb } from './state-db.js';
import { onlyRow } from './state-db.js';
import { timeText, toDateOrNull } from './utc-time.js';
import { valueRows } from './value-rows.js';

const START = `
insert into sluice.verification (pipeline, target, table_id, scope)
output inserted.verification_id
values (@pipeline, @target, @table, @scope)`;

const addRowsSql = (rows: string): string => `
insert into sluice.verification_row (verification_id, n, row_key, difference)
select @verification, found.n, found.row_key, found.difference
  from ${rows}
 where not exists (select 1 from sluice.verification_row r
                    where r.verification_id = @verification and r.n = found.n)`;

const ROW_COLUMNS = [
  { name: 'n', type: 'int' },
  { name: 'row_key', type: 'nvarchar' },
  { name: 'difference', type: 'nvarchar' },
] as const;

const FINISH = `
update sluice.verification
   set finished_at = sysutcdatetime(), source_rows = @source, target_rows = @target,
       differences = @differences, repaired = @repaired, result = @result, message = @message
output inserted.table_id
 where verification_id = @verification`;

const MARK_TABLE = `
update sluice.table_state
   set verified_at = sysutcdatetime(), verified_result = @result, updated_at = sysutcdatetime()
 where table_id = @table`;

const LAST_FULL = `
select top (1) ${timeText('started_at', 'started_at')}
  from sluice.verification
 where table_id = @table and scope = N'full' and finished_at is not null
 order by verification_id desc`;

export function verificationStore(db: StateDb): VerificationStore {
  return {
    async start(entry) {
      const rows = await db.query<{ verification_id: string }>(START, [
        param.nvarchar('pipeline', entry.pipeline),
        param.nvarchar('target', entry.target),
        param.bigint('table', entry.tableId),
        param.nvarchar('scope', entry.scope),
      ]);
      return onlyRow(rows).verification_id;
    },
    async finish(verificationId, result) {
      const verification = param.bigint('verification', verificationId);
      const found = result.differences.map((one, i) => [i + 1, one.key, one.difference]);
      await db.transaction(async (query) => {
        for (const part of valueRows('found', ROW_COLUMNS, found)) {
          await query(addRowsSql(part.sql), [verification, ...part.params]);
        }
        const [row] = await query<{ table_id: string }>(FINISH, [
          verification,
          param.bigint('source', result.sourceRows),
          param.bigint('target', result.targetRows),
          param.bigint('differences', found.length),
          param.bigint('repaired', result.repaired),
          param.nvarchar('result', result.result),
          param.nvarchar('message', result.message),
        ]);
        if (row === undefined) return;
        const table = param.bigint('table', row.table_id);
        await query(MARK_TABLE, [table, param.nvarchar('result', result.result)]);
      });
    },
    async lastFull(tableId) {
      const [row] = await db.query<{ started_at: string }>(LAST_FULL, [
        param.bigint('table', tableId),
      ]);
      return toDateOrNull(row?.started_at ?? null);
    },
  };
}
