import type { FullSyncRow, HistoryStore, VerificationRow } from '../../../state/history.js';
import {
  fullSyncOf,
  verificationOf,
  type FullSyncRecord,
  type VerificationRecord,
} from '../../contract/outcome-record.js';
import { param } from '../param.js';
import type { StateDb } from './state-db.js';
import { timeText, toDate } from './utc-time.js';

const FULL_SYNCS = `
select top (@limit) table_id, epoch, rows, ${timeText('started_at', 'started_at')},
       ${timeText('finished_at', 'finished_at')}
  from sluice.run
 where pipeline = @pipeline and kind = N'fullSync' and state = N'done'
   and finished_at is not null
 order by run_id desc`;

const VERIFICATIONS = `
select top (@limit) verification_id, table_id, result, source_rows, target_rows, differences,
       message, ${timeText('finished_at', 'finished_at')}
  from sluice.verification
 where pipeline = @pipeline and verification_id > @after and finished_at is not null
 order by verification_id desc`;

const CHANGE_COUNTS = `
select f.table_id, f.inserts + f.updates + f.deletes as changes
  from sluice.table_feed f
  join sluice.table_state t on t.table_id = f.table_id
 where t.pipeline = @pipeline`;

type FullSync = FullSyncRecord<string> & Record<string, unknown>;
type Verification = VerificationRecord<string> & Record<string, unknown>;

/** How copies, verifications and changes of a pipeline ended, for whoever reports them. */
export function outcomes(
  db: StateDb,
): Pick<HistoryStore, 'fullSyncs' | 'verifications' | 'changeCounts'> {
  return {
    async fullSyncs(pipeline, limit) {
      const params = [param.nvarchar('pipeline', pipeline), param.int('limit', limit)];
      return (await db.query<FullSync>(FULL_SYNCS, params)).map(toFullSync);
    },
    async verifications({ pipeline, after, limit }) {
      const rows = await db.query<Verification>(VERIFICATIONS, [
        param.nvarchar('pipeline', pipeline),
        param.bigint('after', after),
        param.int('limit', limit),
      ]);
      return rows.map(toVerification).reverse();
    },
    async changeCounts(pipeline) {
      const params = [param.nvarchar('pipeline', pipeline)];
      const rows = await db.query<{ table_id: string; changes: string }>(CHANGE_COUNTS, params);
      return new Map(rows.map((row) => [row.table_id, Number(row.changes)]));
    },
  };
}

function toFullSync(row: FullSync): FullSyncRow {
  return fullSyncOf({
    ...row,
    started_at: toDate(row.started_at),
    finished_at: toDate(row.finished_at),
  });
}

function toVerification(row: Verification): VerificationRow {
  return verificationOf({ ...row, finished_at: toDate(row.finished_at) });
}
