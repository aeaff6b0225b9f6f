import { SluiceError } from '../../../core/errors.js';
import type { BatchCounter } from '../../contract/batch-counter.js';
import type { Position } from '../../contract/feed.js';
import type { LaneClaim } from '../../contract/lane.js';
import { MembershipChanged } from '../../contract/lane.js';
import type { Query } from '../sql-session.js';
import { param } from '../sql-session.js';
import { timeParam } from '../state/utc-time.js';
import { valueRows } from '../state/value-rows.js';
import type { Missing } from './staged-work.js';
import {
  LANE_BEGIN,
  LANE_CHECKPOINT,
  LANE_MOVE,
  addCountsSql,
  startParkingSql,
} from './sql/lane.js';

interface LaneNow extends Record<string, unknown> {
  fence: string;
  membership: string;
  position: string;
}

/**
 * Lock the lane's row: only the owner of the fence, with the members that it knows and from the
 * position that it expects, may write.
 *
 * @throws SluiceError FENCED_OUT; MembershipChanged
 */
export async function beginLane(
  query: Query,
  claim: LaneClaim,
  expected: { readonly revision: string; readonly position: Position },
): Promise<void> {
  const [lane] = await query<LaneNow>(LANE_BEGIN, [param.bigint('lane', claim.laneId)]);
  if (lane?.fence !== claim.fence || lane.position !== expected.position) {
    throw new SluiceError('FENCED_OUT', `Lane ${claim.laneId} has a newer owner.`);
  }
  if (lane.membership !== expected.revision) throw new MembershipChanged();
}

export async function moveCheckpoint(
  query: Query,
  laneId: string,
  to: { readonly position: Position; readonly time: Date | null; readonly transactions: number },
  counts: BatchCounter,
): Promise<void> {
  const params = [
    param.bigint('lane', laneId),
    param.nvarchar('to', to.position),
    param.datetime2('time', timeParam(to.time)),
  ];
  if (counts.isEmpty && to.transactions === 0) {
    await query(LANE_MOVE, params);
    return;
  }
  await query(LANE_CHECKPOINT, [
    ...params,
    param.bigint('transactions', to.transactions),
    param.bigint('inserts', counts.total('inserts')),
    param.bigint('updates', counts.total('updates')),
    param.bigint('deletes', counts.total('deletes')),
    param.bigint('parked', counts.total('parkedRows')),
  ]);
}

const COUNT_COLUMNS = [
  { name: 'table_id', type: 'bigint' },
  { name: 'inserts', type: 'bigint' },
  { name: 'updates', type: 'bigint' },
  { name: 'deletes', type: 'bigint' },
  { name: 'truncates', type: 'bigint' },
  { name: 'missing', type: 'bigint' },
  { name: 'parked_rows', type: 'bigint' },
  { name: 'parked_bytes', type: 'bigint' },
] as const;

/** Add what a batch did to sluice.table_feed. */
export async function addCounts(
  query: Query,
  counter: BatchCounter,
  missing: Missing,
): Promise<void> {
  const rows = counter
    .byTable()
    .map(([tableId, counts]) => [
      tableId,
      counts.inserts,
      counts.updates,
      counts.deletes,
      counts.truncates,
      missing.get(tableId) ?? 0,
      counts.parkedRows,
      counts.parkedBytes,
    ]);
  for (const { sql, params } of valueRows('c', COUNT_COLUMNS, rows)) {
    await query(addCountsSql(sql), params);
  }
}

export async function startParking(
  query: Query,
  tableIds: readonly string[],
  position: Position,
): Promise<void> {
  const columns = [{ name: 'table_id', type: 'bigint' }] as const;
  const rows = tableIds.map((id) => [id]);
  for (const { sql, params } of valueRows('id', columns, rows)) {
    await query(startParkingSql(sql), [param.nvarchar('position', position), ...params]);
  }
}
