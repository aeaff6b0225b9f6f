import type { TableRow } from '../../../state/store.js';
import { tableOf, type TableRecord as Shared } from '../../contract/table-record.js';
import { timeText, toDate, toDateOrNull } from './utc-time.js';

/** Columns of every query that gives table rows; `from` and what follows is TABLES. */
export const TABLE_COLUMNS = `
       t.table_id, t.pipeline, t.target, t.slug, t.source_schema, t.source_table, t.target_schema,
       t.target_table, t.lane_id, t.mode, t.[load], t.revision, t.enabled, t.wanted,
       t.wanted_by, t.wanted_reason, t.discovered, t.phase, t.phase_before, ${timeText('t.phase_since', 'phase_since')},
       t.epoch, t.cutover_step, t.applies, t.parks, f.parks_from, t.fence, t.position,
       t.stage_position, t.watermark, t.source_fingerprint, t.feed_mark, t.rows_estimated,
       t.rows_copied, t.attention, t.fault_code, t.fault_message,
       ${timeText('t.verified_at', 'verified_at')}, t.verified_result,
       isnull(f.parked_rows, 0) as parked_rows, isnull(f.parked_bytes, 0) as parked_bytes,
       ${timeText('f.parked_since', 'parked_since')}`;

export const TABLES = `
  from sluice.table_state t
  left join sluice.table_feed f on f.table_id = t.table_id`;

export type TableRecord = Shared<string> & Record<string, unknown>;

export function toTable(row: TableRecord): TableRow {
  return tableOf({
    ...row,
    phase_since: toDate(row.phase_since),
    verified_at: toDateOrNull(row.verified_at),
    parked_since: toDateOrNull(row.parked_since),
  });
}
