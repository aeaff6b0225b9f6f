import type { StageRef } from '../../contract/full-sync.js';
import type { StateSession } from '../state/state-db.js';
import { onlyRow } from '../state/state-db.js';

/**
 * Chunks are read at different moments, so a stage is one state of the source only from the
 * position on that every chunk's snapshot lies before. A table that does not park has no feed.
 */
const CATCH_UP = `
select t.parks,
       coalesce(l.position collate "C" >= seen.position, seen.position is null) as lane_passed,
       exists (select from sluice.parked p
                where p.table_id = t.table_id and p.position collate "C" <= seen.position)
         as waiting
  from sluice.table_state t
  left join sluice.lane l using (lane_id)
 cross join lateral (select max(c.source_position collate "C") as position
                       from sluice.chunk c
                      where c.table_id = t.table_id and c.epoch = t.epoch) seen
 where t.table_id = $1`;

interface Row {
  parks: boolean;
  lane_passed: boolean;
  waiting: boolean;
}

export interface CatchUp {
  /** The feed has delivered everything that the copy may have seen. */
  readonly lanePassed: boolean;
  /** And all of it is in the stage: keys are unique, rows belong together. */
  readonly consistent: boolean;
}

export async function readCatchUp(session: StateSession, stage: StageRef): Promise<CatchUp> {
  const row = onlyRow(await session.rows<Row & Record<string, unknown>>(CATCH_UP, [stage.tableId]));
  if (!row.parks) return { lanePassed: true, consistent: true };
  return { lanePassed: row.lane_passed, consistent: row.lane_passed && !row.waiting };
}
