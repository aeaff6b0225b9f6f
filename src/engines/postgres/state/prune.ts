import type { StateDb } from './state-db.js';
import { onlyRow } from './state-db.js';

/** What is deleted by age and count; the newest rows stay, and what is still open stays always. */
const PRUNED = [
  { table: 'event', id: 'event_id', at: 'at', closed: 'true' },
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
] as const;

/** Ids only grow, so the row `keepRows` from the end is where the count is reached. */
function pruneSql(one: (typeof PRUNED)[number]): string {
  return `
with gone as (
  delete from sluice.${one.table}
   where ${one.closed}
     and (${one.at} < clock_timestamp() - $1 * interval '1 day'
          or ${one.id} <= (select ${one.id} from sluice.${one.table}
                            order by ${one.id} desc offset $2 limit 1))
  returning 1)
select count(*)::integer as deleted from gone`;
}

/** One short transaction per table. Returns rows deleted. */
export async function prune(db: StateDb, keepDays: number, keepRows: number): Promise<number> {
  let total = 0;
  for (const one of PRUNED) {
    const rows = await db.rows<{ deleted: number }>(pruneSql(one), [keepDays, keepRows]);
    total += onlyRow(rows).deleted;
  }
  return total;
}
