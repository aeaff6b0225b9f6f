import type { HistoryStore } from '../../../state/history.js';
import {
  fullSyncOf,
  verificationOf,
  type FullSyncRecord,
  type VerificationRecord,
} from '../../contract/outcome-record.js';
import type { StateDb } from './state-db.js';

const FULL_SYNCS = `
select table_id, epoch, rows, started_at, finished_at
  from sluice.run
 where pipeline = $1 and kind = 'fullSync' and state = 'done' and finished_at is not null
 order by run_id desc
 limit $2`;

const VERIFICATIONS = `
select * from (
  select verification_id, table_id, result, source_rows, target_rows, differences, message,
         finished_at
    from sluice.verification
   where pipeline = $1 and verification_id > $2 and finished_at is not null
   order by verification_id desc
   limit $3) newest
 order by verification_id`;

const CHANGE_COUNTS = `
select f.table_id, f.inserts + f.updates + f.deletes as changes
  from sluice.table_feed f
  join sluice.table_state t using (table_id)
 where t.pipeline = $1`;

/** How copies, verifications and changes of a pipeline ended, for whoever reports them. */
export function outcomes(
  db: StateDb,
): Pick<HistoryStore, 'fullSyncs' | 'verifications' | 'changeCounts'> {
  return {
    async fullSyncs(pipeline, limit) {
      const rows = await db.rows<FullSyncRecord<Date>>(FULL_SYNCS, [pipeline, limit]);
      return rows.map(fullSyncOf);
    },
    async verifications({ pipeline, after, limit }) {
      const values = [pipeline, after, limit];
      const rows = await db.rows<VerificationRecord<Date>>(VERIFICATIONS, values);
      return rows.map(verificationOf);
    },
    async changeCounts(pipeline) {
      const rows = await db.rows<{ table_id: string; changes: string }>(CHANGE_COUNTS, [pipeline]);
      return new Map(rows.map((row) => [row.table_id, Number(row.changes)]));
    },
  };
}
