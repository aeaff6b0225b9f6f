/** A table as the queries of an engine give it, and what the rest of the program calls it. */
import type { TableRow, Wanted } from '../../state/store.js';

/** Whole numbers that may be large are text. `Time` is how the driver gives a moment. */
export interface TableRecord<Time> {
  readonly table_id: string;
  readonly pipeline: string;
  readonly target: string;
  readonly slug: string;
  readonly source_schema: string;
  readonly source_table: string;
  readonly target_schema: string;
  readonly target_table: string;
  readonly lane_id: string | null;
  readonly mode: string;
  readonly load: string;
  readonly revision: string;
  readonly enabled: boolean;
  readonly wanted: Wanted;
  readonly wanted_by: string | null;
  readonly wanted_reason: string | null;
  readonly discovered: boolean;
  readonly phase: string;
  readonly phase_before: string | null;
  readonly phase_since: Time;
  readonly epoch: string;
  readonly cutover_step: 'frozen' | 'merged' | null;
  readonly applies: boolean;
  readonly parks: boolean;
  readonly parks_from: string | null;
  readonly fence: string;
  readonly position: string | null;
  readonly stage_position: string | null;
  readonly watermark: string | null;
  readonly source_fingerprint: string | null;
  readonly feed_mark: string | null;
  readonly rows_estimated: string | null;
  readonly rows_copied: string;
  readonly attention: string;
  readonly fault_code: string | null;
  readonly fault_message: string | null;
  readonly verified_at: Time | null;
  readonly verified_result: string | null;
  readonly parked_rows: string;
  readonly parked_bytes: string;
  readonly parked_since: Time | null;
}

export function tableOf(row: TableRecord<Date>): TableRow {
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
