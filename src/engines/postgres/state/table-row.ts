import type { TableRow, Wanted } from '../../../state/store.js';

/** `from` of every query that gives table rows; `where` and what follows is the caller's. */
export const SELECT_TABLES = `
select t.table_id, t.pipeline, t.target, t.slug, t.source_schema, t.source_table, t.target_schema,
       t.target_table, t.lane_id, t.mode, t.load, t.revision, t.enabled, t.wanted, t.wanted_by, t.wanted_reason, t.discovered,
       t.phase, t.phase_before, t.phase_since, t.epoch, t.cutover_step, t.applies, t.parks, f.parks_from, t.fence,
       t.position, t.stage_position, t.watermark, t.source_fingerprint, t.feed_mark, t.rows_estimated,
       t.rows_copied, t.attention, t.fault_code, t.fault_message, t.verified_at, t.verified_result,
       coalesce(f.parked_rows, 0) as parked_rows, coalesce(f.parked_bytes, 0) as parked_bytes,
       f.parked_since
  from sluice.table_state t
  left join sluice.table_feed f using (table_id)`;

export interface TableStateRow {
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
  phase_since: Date;
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
  verified_at: Date | null;
  verified_result: string | null;
  parked_rows: string;
  parked_bytes: string;
  parked_since: Date | null;
}

export function toTable(row: TableStateRow): TableRow {
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
    phaseSince: row.phase_since,
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
    verifiedAt: row.verified_at,
    verifiedResult: row.verified_result,
    parkedRows: Number(row.parked_rows),
    parkedBytes: Number(row.parked_bytes),
    parkedSince: row.parked_since,
  };
}
