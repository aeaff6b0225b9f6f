import type { TableRow, Wanted } from '../../../state/store.js';
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

export interface TableRecord extends Record<string, unknown> {
  table_id: string;
  pipeline: string;
  target: string;
  slug: string;
  source_schema: string;
  source_table: string;
  target_schema: string;
  target_table: string;
  lane_id: string | null;
  mode: string;
  load: string;
  revision: string;
  enabled: boolean;
  wanted: Wanted;
  wanted_by: string | null;
  wanted_reason: string | null;
  discovered: boolean;
  phase: string;
  phase_before: string | null;
  phase_since: string;
  epoch: string;
  cutover_step: 'frozen' | 'merged' | null;
  applies: boolean;
  parks: boolean;
  parks_from: string | null;
  fence: string;
  position: string | null;
  stage_position: string | null;
  watermark: string | null;
  source_fingerprint: string | null;
  feed_mark: string | null;
  rows_estimated: string | null;
  rows_copied: string;
  attention: string;
  fault_code: string | null;
  fault_message: string | null;
  verified_at: string | null;
  verified_result: string | null;
  parked_rows: string;
  parked_bytes: string;
  parked_since: string | null;
}

export function toTable(row: TableRecord): TableRow {
  return {
    tableId: row.table_id,
    pipeline: row.pipeline,
    target: row.target,
    slug: row.slug,
    source: { schema: row.source_schema, table: row.source_table },
    targetTable: { schema: row.target_schema, table: row.target_table },
    laneId: row.lane_id,
    mode: row.mode,
    load: row.load,
    revision: row.revision,
    enabled: row.enabled,
    wanted: row.wanted,
    wantedBy: row.wanted_by,
    wantedReason: row.wanted_reason,
    discovered: row.discovered,
    phase: row.phase,
    phaseBefore: row.phase_before,
    phaseSince: toDate(row.phase_since),
    epoch: row.epoch,
    cutoverStep: row.cutover_step,
    applies: row.applies,
    parks: row.parks,
    parksFrom: row.parks_from,
    fence: row.fence,
    position: row.position,
    stagePosition: row.stage_position,
    watermark: row.watermark,
    sourceFingerprint: row.source_fingerprint,
    feedMark: row.feed_mark,
    rowsEstimated: row.rows_estimated === null ? null : Number(row.rows_estimated),
    rowsCopied: Number(row.rows_copied),
    attention: row.attention,
    faultCode: row.fault_code,
    faultMessage: row.fault_message,
    verifiedAt: toDateOrNull(row.verified_at),
    verifiedResult: row.verified_result,
    parkedRows: Number(row.parked_rows),
    parkedBytes: Number(row.parked_bytes),
    parkedSince: toDateOrNull(row.parked_since),
  };
}
