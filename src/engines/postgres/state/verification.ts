import type { VerificationStore } from '../../../state/store.js';
import type { StateDb } from './state-db.js';
import { onlyRow } from './state-db.js';

const START = `
insert into sluice.verification (pipeline, target, table_id, scope)
values ($1, $2, $3, $4)
returning verification_id`;

const ADD_ROWS = `
insert into sluice.verification_row (verification_id, n, row_key, difference)
select $1, found.n, found.row_key, found.difference
  from unnest($2::text[], $3::text[]) with ordinality as found (row_key, difference, n)
on conflict (verification_id, n) do nothing`;

const FINISH = `
update sluice.verification
   set finished_at = clock_timestamp(), source_rows = $2, target_rows = $3, differences = $4,
       repaired = $5, result = $6, message = $7
 where verification_id = $1
returning table_id`;

const MARK_TABLE = `
update sluice.table_state
   set verified_at = clock_timestamp(), verified_result = $2, updated_at = clock_timestamp()
 where table_id = $1`;

const LAST_FULL = `
select started_at
  from sluice.verification
 where table_id = $1 and scope = 'full' and finished_at is not null
 order by verification_id desc
 limit 1`;

export function verificationStore(db: StateDb): VerificationStore {
  return {
    async start(entry) {
      const values = [entry.pipeline, entry.target, entry.tableId, entry.scope];
      return onlyRow(await db.rows<{ verification_id: string }>(START, values)).verification_id;
    },
    async finish(verificationId, result) {
      await db.transaction(async (session) => {
        const { differences } = result;
        await session.rows(ADD_ROWS, [
          verificationId,
          differences.map((one) => one.key),
          differences.map((one) => one.difference),
        ]);
        const [row] = await session.rows<{ table_id: string }>(FINISH, [
          verificationId,
          result.sourceRows,
          result.targetRows,
          differences.length,
          result.repaired,
          result.result,
          result.message,
        ]);
        if (row !== undefined) await session.rows(MARK_TABLE, [row.table_id, result.result]);
      });
    },
    async lastFull(tableId) {
      const [row] = await db.rows<{ started_at: Date }>(LAST_FULL, [tableId]);
      return row?.started_at ?? null;
    },
  };
}
