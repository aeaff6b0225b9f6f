import type { HistoryStore } from '../../../state/history.js';
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

interface FullSyncRecord {
  table_id: string;
  epoch: string;
  rows: string | null;
  started_at: Date;
  finished_at: Date;
}

interface VerificationRecord {
  verification_id: string;
  table_id: string;
  result: string;
  source_rows: string | null;
  target_rows: string | null;
  differences: string | null;
  message: string | null;
  finished_at: Date;
}

/** How copies, verifications and changes of a pipeline ended, for whoever reports them. */
export function outcomes(
  db: StateDb,
): Pick<HistoryStore, 'fullSyncs' | 'verifications' | 'changeCounts'> {
  return {
    async fullSyncs(pipeline, limit) {
      const rows = await db.rows<FullSyncRecord>(FULL_SYNCS, [pipeline, limit]);
      return rows.map((row) => ({
        tableId: row.table_id,
        epoch: row.epoch,
        rows: Number(row.rows ?? 0),
        startedAt: row.started_at,
        finishedAt: row.finished_at,
      }));
    },
    async verifications({ pipeline, after, limit }) {
      const rows = await db.rows<VerificationRecord>(VERIFICATIONS, [pipeline, after, limit]);
      return rows.map((row) => ({
        verificationId: row.verification_id,
        tableId: row.table_id,
        result: row.result,
        sourceRows: Number(row.source_rows ?? 0),
        targetRows: Number(row.target_rows ?? 0),
        differences: Number(row.differences ?? 0),
        message: row.message ?? '',
        finishedAt: row.finished_at,
      }));
    },
    async changeCounts(pipeline) {
      const rows = await db.rows<{ table_id: string; changes: string }>(CHANGE_COUNTS, [pipeline]);
      return new Map(rows.map((row) => [row.table_id, Number(row.changes)]));
    },
  };
}
