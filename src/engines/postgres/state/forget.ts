import { KIN_KINDS, TYPE_KINDS } from '../../contract/handed-over.js';
import type { StateDb } from './state-db.js';

/** Rows that name the table by number and do not go with it. */
const PARKED = `
delete from sluice.parked
 where table_id in (select table_id from sluice.table_state where pipeline = $1 and target = $2)`;

/** $3 and $4: the kinds for any pipeline, and for one from the same source. */
const HAND_OVER = `
update sluice.owned o
   set pipeline = heir.pipeline, target = heir.target
  from (select other.pipeline, other.target,
               exists (select
                         from sluice.pipeline mine
                         join sluice.pipeline theirs using (source_identity)
                        where mine.pipeline = $1 and mine.target = $2
                          and theirs.pipeline = other.pipeline
                          and theirs.target = other.target) as kin
          from (select distinct t.pipeline, t.target
                  from sluice.table_state t
                 where t.pipeline <> $1 or t.target <> $2) other
         order by kin desc, other.pipeline, other.target
         limit 1) heir
 where o.side = 'target' and o.pipeline = $1 and o.target = $2
   and (o.kind = any ($3) or (heir.kin and o.kind = any ($4)))`;

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
].map((table) => `delete from sluice.${table} where pipeline = $1 and target = $2`);

/** Forget a pipeline on this target; the replicated tables and their rows stay. Idempotent. */
export async function forget(db: StateDb, pipeline: string, target: string): Promise<void> {
  await db.transaction(async (session) => {
    await session.rows(PARKED, [pipeline, target]);
    await session.rows(HAND_OVER, [pipeline, target, TYPE_KINDS, KIN_KINDS]);
    for (const statement of OF_PIPELINE) await session.rows(statement, [pipeline, target]);
  });
}
