import type { LaneRow, LaneStore } from '../../../state/store.js';
import { param, type Param } from '../param.js';
import type { StateDb } from './state-db.js';
import { onlyRow } from './state-db.js';
import { timeText, toDate, toDateOrNull } from './utc-time.js';

const COLUMNS = `lane_id, pipeline, target, n, fence, membership, position, source_identity,
       ${timeText('source_time', 'source_time')}, state, reason,
       ${timeText('updated_at', 'updated_at')}`;

const ENSURE = `
insert into sluice.lane (pipeline, target, n)
select @pipeline, @target, @n
 where not exists (select 1 from sluice.lane with (updlock, holdlock)
                    where pipeline = @pipeline and target = @target and n = @n)`;

const FIND = `
select ${COLUMNS}
  from sluice.lane
 where pipeline = @pipeline and target = @target and n = @n`;

const GET = `select ${COLUMNS} from sluice.lane where lane_id = @lane`;

const LIST = `select ${COLUMNS} from sluice.lane where pipeline = @pipeline order by target, n`;

const BEGIN = `
update sluice.lane
   set position = @position, source_identity = @lineage, updated_at = sysutcdatetime()
 where lane_id = @lane and position is null`;

/** The raised fence shuts out an owner that still counts from the former position. */
const SET_POSITION = `
update sluice.lane
   set position = @position, source_identity = @lineage, recorded = null, fence = fence + 1,
       updated_at = sysutcdatetime()
 where lane_id = @lane`;

const SET_LINEAGE = `
update sluice.lane
   set source_identity = @lineage, updated_at = sysutcdatetime()
 where lane_id = @lane and fence = @fence`;

const SET_STATE = `
update sluice.lane
   set state = @state, reason = @reason, updated_at = sysutcdatetime()
 where lane_id = @lane and (state <> @state or isnull(reason, N'') <> isnull(@reason, N''))`;

interface LaneRecord extends Record<string, unknown> {
  lane_id: string;
  pipeline: string;
  target: string;
  n: number;
  fence: string;
  membership: string;
  position: string | null;
  source_identity: string | null;
  source_time: string | null;
  state: string;
  reason: string | null;
  updated_at: string;
}

export function laneStore(db: StateDb): LaneStore {
  return {
    async ensure(pipeline, target, n) {
      const params = [
        param.nvarchar('pipeline', pipeline),
        param.nvarchar('target', target),
        param.int('n', n),
      ];
      const found = await db.query<LaneRecord>(FIND, params);
      if (found[0] !== undefined) return toLane(found[0]);
      await db.query(ENSURE, params);
      return toLane(onlyRow(await db.query<LaneRecord>(FIND, params)));
    },
    async get(laneId) {
      const [row] = await db.query<LaneRecord>(GET, [param.bigint('lane', laneId)]);
      return row === undefined ? null : toLane(row);
    },
    async list(pipeline) {
      const params = [param.nvarchar('pipeline', pipeline)];
      return (await db.query<LaneRecord>(LIST, params)).map(toLane);
    },
    async begin(laneId, position, lineage) {
      await db.query(BEGIN, placeParams(laneId, position, lineage));
    },
    async setPosition(laneId, position, lineage) {
      await db.query(SET_POSITION, placeParams(laneId, position, lineage));
    },
    async setLineage(laneId, fence, lineage) {
      await db.query(SET_LINEAGE, [
        param.bigint('lane', laneId),
        param.bigint('fence', fence),
        param.nvarchar('lineage', lineage),
      ]);
    },
    async setState(laneId, state, reason) {
      await db.query(SET_STATE, [
        param.bigint('lane', laneId),
        param.nvarchar('state', state),
        param.nvarchar('reason', reason),
      ]);
    },
  };
}

function placeParams(laneId: string, position: string, lineage: string): Param[] {
  return [
    param.bigint('lane', laneId),
    param.nvarchar('position', position),
    param.nvarchar('lineage', lineage),
  ];
}

function toLane(row: LaneRecord): LaneRow {
  return {
    laneId: row.lane_id,
    pipeline: row.pipeline,
    target: row.target,
    n: row.n,
    fence: row.fence,
    membership: row.membership,
    position: row.position,
    lineage: row.source_identity,
    sourceTime: toDateOrNull(row.source_time),
    state: row.state,
    reason: row.reason,
    updatedAt: toDate(row.updated_at),
  };
}
