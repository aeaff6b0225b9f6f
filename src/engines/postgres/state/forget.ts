import type { StateDb } from './state-db.js';

/** Rows that name the table by number and do not go with it. */
const PARKED = `
delete from sluice.parked
 where table_id in (select table_id from sluice.table_state where pipeline = $1 and target = $2)`;

/**
 * Tables of another pipeline may have columns of a type that this one made: who remains goes on
 * bringing it up to the source's. Nobody drops types, so none goes by that.
 */
const HAND_OVER_TYPES = `
update sluice.owned o
   set pipeline = heir.pipeline, target = heir.target
  from (select t.pipeline, t.target
          from sluice.table_state t
         where t.pipeline <> $1 or t.target <> $2
         order by t.pipeline, t.target
         limit 1) heir
 where o.side = 'target' and o.kind in ('type', 'domain') and o.pipeline = $1 and o.target = $2`;

/** Chunks, parked shapes, feeds and dead letters go with their table. */
const OF_PIPELINE = ['table_state', 'lane', 'run', 'verification', 'error', 'event', 'owned'].map(
  (table) => `delete from sluice.${table} where pipeline = $1 and target = $2`,
);

const REVISIONS = `delete from sluice.pipeline where pipeline = $1 and target = $2`;

/** Forget a pipeline on this target; the replicated tables and their rows stay. Idempotent. */
export async function forget(db: StateDb, pipeline: string, target: string): Promise<void> {
  await db.transaction(async (session) => {
    for (const statement of [PARKED, HAND_OVER_TYPES, ...OF_PIPELINE, REVISIONS]) {
      await session.rows(statement, [pipeline, target]);
    }
  });
}
