import { param } from '../param.js';
import type { Query } from '../sql-session.js';
import type { StateDb } from './state-db.js';
import { onlyRow } from './state-db.js';

/** A table of the schema `sluice` that is pruned: its growing id, its time, and what may go. */
export interface Pruned {
  readonly table: string;
  readonly id: string;
  readonly at: string;
  readonly closed: string;
}

/** What is deleted by age and count; the newest rows stay, and what is still open stays always. */
const PRUNED: readonly Pruned[] = [
  { table: 'event', id: 'event_id', at: 'at', closed: '1 = 1' },
  { table: 'run', id: 'run_id', at: 'started_at', closed: 'finished_at is not null' },
  { table: 'error', id: 'error_id', at: 'last_at', closed: 'resolved_at is not null' },
  {
    table: 'verification',
    id: 'verification_id',
    at: 'started_at',
    closed: 'finished_at is not null',
  },
  { table: 'command', id: 'command_id', at: 'requested_at', closed: 'answered_at is not null' },
  {
    table: 'reset_request',
    id: 'request_id',
    at: 'requested_at',
    closed: 'answered_at is not null',
  },
];

/** Below 5,000, where the server would lock the whole table instead of its rows. */
const DELETED_AT_ONCE = 4_000;

/** Ids only grow, so the row `@rows` from the end is where the count is reached. */
function pruneSql(one: Pruned): string {
  return `
delete top (${String(DELETED_AT_ONCE)}) from sluice.${one.table}
 where ${one.closed}
   and (${one.at} < dateadd(day, -@days, sysutcdatetime())
        or ${one.id} <= (select ${one.id} from sluice.${one.table}
                          order by ${one.id} desc offset @rows rows fetch next 1 rows only));
select @@rowcount as deleted`;
}

/** Returns rows deleted. */
export async function prune(db: StateDb, keepDays: number, keepRows: number): Promise<number> {
  return pruneTables(db.query, PRUNED, { days: keepDays, rows: keepRows });
}

/** In short transactions, so that nobody who looks at these tables waits. Returns rows deleted. */
export async function pruneTables(
  query: Query,
  tables: readonly Pruned[],
  keep: { readonly days: number; readonly rows: number },
): Promise<number> {
  const params = [param.int('days', keep.days), param.bigint('rows', keep.rows)];
  let total = 0;
  for (const one of tables) {
    for (;;) {
      const { deleted } = onlyRow(await query<{ deleted: number }>(pruneSql(one), params));
      total += deleted;
      if (deleted < DELETED_AT_ONCE) break;
    }
  }
  return total;
}
