import { param } from '../param.js';
import type { StateDb } from './state-db.js';

/** Rows that name the table by number and do not go with it. */
const PARKED = `
delete from sluice.parked
 where table_id in (select table_id from sluice.table_state
                     where pipeline = @pipeline and target = @target)`;

/** Chunks, parked shapes, feeds and dead letters go with their table. */
const OF_PIPELINE = [
  'table_state',
  'lane',
  'run',
  'verification',
  'error',
  'event',
  'owned',
  'pipeline',
].map((table) => `delete from sluice.${table} where pipeline = @pipeline and target = @target`);

/** Forget a pipeline on this target; the replicated tables and their rows stay. Idempotent. */
export async function forget(db: StateDb, pipeline: string, target: string): Promise<void> {
  const params = [param.nvarchar('pipeline', pipeline), param.nvarchar('target', target)];
  await db.transaction(async (query) => {
    for (const statement of [PARKED, ...OF_PIPELINE]) await query(statement, params);
  });
}
