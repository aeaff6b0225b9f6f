import { param } from '../param.js';
import type { StateDb } from '../state/state-db.js';
import { onlyRow } from '../state/state-db.js';

/** As the state of a destination is kept unless its configuration says otherwise. */
export const KEEP = { days: 30, rows: 1_000_000 } as const;

/** What is deleted by age and count; what is still open stays always. */
const PRUNED = [
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
] as const;

/** Below 5,000, where the server would lock the whole table instead of its rows. */
const DELETED_AT_ONCE = 4_000;

/** Ids only grow, so the row `@rows` from the end is where the count is reached. */
function pruneSql(one: (typeof PRUNED)[number]): string {
  return `
delete top (${String(DELETED_AT_ONCE)}) from sluice.${one.table}
 where ${one.closed}
   and (${one.at} < dateadd(day, -@days, sysutcdatetime())
        or ${one.id} <= (select ${one.id} from sluice.${one.table}
                          order by ${one.id} desc offset @rows rows fetch next 1 rows only));
select @@rowcount as deleted`;
}

/** Short transactions, so that whoever watches these tables waits for none of them. */
export async function pruneReports(
  db: Pick<StateDb, 'query'>,
  keep: { readonly days: number; readonly rows: number } = KEEP,
): Promise<void> {
  const params = [param.int('days', keep.days), param.bigint('rows', keep.rows)];
  for (const one of PRUNED) {
    for (;;) {
      const { deleted } = onlyRow(await db.query<{ deleted: number }>(pruneSql(one), params));
      if (deleted < DELETED_AT_ONCE) break;
    }
  }
}
