import { KIN_KINDS, TYPE_KINDS } from '../../contract/handed-over.js';
import { param } from '../param.js';
import type { StateDb } from './state-db.js';

/** Rows that name the table by number and do not go with it. */
const PARKED = `
delete from sluice.parked
 where table_id in (select table_id from sluice.table_state
                     where pipeline = @pipeline and target = @target)`;

const HAND_OVER = `
update o
   set o.pipeline = heir.pipeline, o.target = heir.target
  from sluice.owned o
 cross join (select top (1) other.pipeline, other.target,
                    case when exists (select mine.revision
                                        from sluice.pipeline mine
                                        join sluice.pipeline theirs
                                          on theirs.source_identity = mine.source_identity
                                       where mine.pipeline = @pipeline and mine.target = @target
                                         and theirs.pipeline = other.pipeline
                                         and theirs.target = other.target)
                         then 1 else 0 end as kin
               from (select distinct t.pipeline, t.target
                       from sluice.table_state t
                      where t.pipeline <> @pipeline or t.target <> @target) other
              order by kin desc, other.pipeline, other.target) heir
 where o.side = N'target' and o.pipeline = @pipeline and o.target = @target
   and (o.kind in (${kindList(TYPE_KINDS)})
        or (heir.kin = 1 and o.kind in (${kindList(KIN_KINDS)})))`;

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
    for (const statement of [PARKED, HAND_OVER, ...OF_PIPELINE]) await query(statement, params);
  });
}

function kindList(kinds: readonly string[]): string {
  return kinds.map((kind) => `N'${kind}'`).join(', ');
}
