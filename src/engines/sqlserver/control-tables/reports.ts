import type { Pruned } from '../state/prune.js';

/** As the state of a destination is kept unless its configuration says otherwise. */
export const KEEP = { days: 30, rows: 1_000_000 } as const;

/** What is deleted by age and count; what is still open stays always. */
export const REPORTS: readonly Pruned[] = [
  { table: 'sync_logs', id: 'log_id', at: 'created_at', closed: '1 = 1' },
  { table: 'error_logs', id: 'error_id', at: 'last_at', closed: 'resolved_at is not null' },
  {
    table: 'verification_logs',
    id: 'verification_log_id',
    at: 'verified_at',
    closed: '1 = 1',
  },
  {
    table: 'sync_status',
    id: 'sync_id',
    at: 'started_at',
    closed: "sync_type = N'FULL_SYNC' and completed_at is not null",
  },
];
