/** How copies and verifications ended, as the queries of an engine give it. */
import type { FullSyncRow, VerificationRow } from '../../state/history.js';

/** Whole numbers that may be large are text. `Time` is how the driver gives a moment. */
export interface FullSyncRecord<Time> {
  readonly table_id: string;
  readonly epoch: string;
  readonly rows: string | null;
  readonly started_at: Time;
  readonly finished_at: Time;
}

export interface VerificationRecord<Time> {
  readonly verification_id: string;
  readonly table_id: string;
  readonly result: string;
  readonly source_rows: string | null;
  readonly target_rows: string | null;
  readonly differences: string | null;
  readonly message: string | null;
  readonly finished_at: Time;
}

export function fullSyncOf(row: FullSyncRecord<Date>): FullSyncRow {
  return {
    tableId: row.table_id,
    epoch: row.epoch,
    rows: Number(row.rows ?? 0),
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  };
}

export function verificationOf(row: VerificationRecord<Date>): VerificationRow {
  return {
    verificationId: row.verification_id,
    tableId: row.table_id,
    result: row.result,
    sourceRows: Number(row.source_rows ?? 0),
    targetRows: Number(row.target_rows ?? 0),
    differences: Number(row.differences ?? 0),
    message: row.message ?? '',
    finishedAt: row.finished_at,
  };
}
