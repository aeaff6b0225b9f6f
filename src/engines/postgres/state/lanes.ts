import type { LaneRow, LaneStore } from '../../../state/store.js';
import type { StateDb } from './state-db.js';
import { onlyRow } from './state-db.js';

const COLUMNS = `lane_id, pipeline, target, n, fence, membership, position, source_identity,
       source_time, state, reason, updated_at`;

const ENSURE = `
insert into sluice.lane (pipeline, target, n)
values ($1, $2, $3)
on conflict (pipeline, target, n) do nothing`;

const FIND = `
select ${COLUMNS}
  from sluice.lane
 where pipeline = $1 and target = $2 and n = $3`;

const GET = `select ${COLUMNS} from sluice.lane where lane_id = $1`;

const LIST = `select ${COLUMNS} from sluice.lane where pipeline = $1 order by target, n`;

const BEGIN = `
update sluice.lane
   set position = $2, source_identity = $3, updated_at = clock_timestamp()
 where lane_id = $1 and position is null`;

/** The raised fence shuts out an owner that still counts from the former position. */
const SET_POSITION = `
update sluice.lane
   set position = $2, source_identity = $3, recorded = null, fence = fence + 1, updated_at = clock_timestamp()
 where lane_id = $1`;

const SET_LINEAGE = `
update sluice.lane
   set source_identity = $3, updated_at = clock_timestamp()
 where lane_id = $1 and fence = $2`;

const SET_STATE = `
update sluice.lane
   set state = $2, reason = $3, updated_at = clock_timestamp()
 where lane_id = $1 and (state, reason) is distinct from ($2, $3)`;

interface Row {
  lane_id: string;
  pipeline: string;
  target: string;
  n: number;
  fence: string;
  membership: string;
  position: string | null;
  source_identity: string | null;
  source_time: Date | null;
  state: string;
  reason: string | null;
  updated_at: Date;
}

export function laneStore(db: StateDb): LaneStore {
  return {
    async ensure(pipeline, target, n) {
      const found = await db.rows<Row>(FIND, [pipeline, target, n]);
      if (found[0] !== undefined) return toLane(found[0]);
      await db.rows(ENSURE, [pipeline, target, n]);
      return toLane(onlyRow(await db.rows<Row>(FIND, [pipeline, target, n])));
    },
    async get(laneId) {
      const [row] = await db.rows<Row>(GET, [laneId]);
      return row === undefined ? null : toLane(row);
    },
    async list(pipeline) {
      return (await db.rows<Row>(LIST, [pipeline])).map(toLane);
    },
    async begin(laneId, position, lineage) {
      await db.rows(BEGIN, [laneId, position, lineage]);
    },
    async setPosition(laneId, position, lineage) {
      await db.rows(SET_POSITION, [laneId, position, lineage]);
    },
    async setLineage(laneId, fence, lineage) {
      await db.rows(SET_LINEAGE, [laneId, fence, lineage]);
    },
    async setState(laneId, state, reason) {
      await db.rows(SET_STATE, [laneId, state, reason]);
    },
  };
}

function toLane(row: Row): LaneRow {
  return {
    laneId: row.lane_id,
    pipeline: row.pipeline,
    target: row.target,
    n: row.n,
    fence: row.fence,
    membership: row.membership,
    position: row.position,
    lineage: row.source_identity,
    sourceTime: row.source_time,
    state: row.state,
    reason: row.reason,
    updatedAt: row.updated_at,
  };
}
