import { SluiceError } from '../../../core/errors.js';
import type { LaneClaim, TableFault } from '../../contract/lane.js';
import type { MsSession, Query } from '../sql-session.js';
import { MENDED_BY_RESYNC } from '../../../core/table-life.js';
import { param } from '../sql-session.js';
import { NEW_ERROR, REPEAT_ERROR } from '../state/journal.js';
import { startParking } from './lane-steps.js';
import {
  CHANGE_MEMBERSHIP,
  LOCK_TABLE_STATE,
  QUARANTINE,
  QUARANTINED_EVENT,
} from './sql/set-aside.js';

/** Take a table out of the lane in one transaction; see LaneWriter.setAside. */
export async function setAside(
  session: MsSession,
  claim: LaneClaim,
  fault: TableFault,
): Promise<void> {
  await session.transaction(async (query) => quarantine(query, claim, fault));
}

async function quarantine(query: Query, claim: LaneClaim, fault: TableFault): Promise<void> {
  const { tableId, code, message } = fault;
  const table = param.bigint('table', tableId);
  const [lane] = await query<{ position: string }>(CHANGE_MEMBERSHIP, [
    param.bigint('lane', claim.laneId),
    param.bigint('fence', claim.fence),
  ]);
  if (lane === undefined) {
    throw new SluiceError('FENCED_OUT', `Lane ${claim.laneId} has a newer owner.`);
  }
  const [before] = await query<{ parks: boolean }>(LOCK_TABLE_STATE, [table]);
  const why = [param.nvarchar('code', code), param.nvarchar('message', message)];
  const [row] = await query<{ pipeline: string; target: string }>(QUARANTINE, [
    table,
    ...why,
    param.bit('endsCopy', MENDED_BY_RESYNC.has(code)),
  ]);
  if (row === undefined) return; // Removed meanwhile: the new membership says so.
  // One that parked already has parked everything since then; that place must stay.
  if (before?.parks !== true) await startParking(query, [tableId], lane.position);
  const of = [
    param.nvarchar('pipeline', row.pipeline),
    param.nvarchar('target', row.target),
    table,
  ];
  const entry = [...of, ...why, param.nvarchar('remedy', null)];
  const repeated = await query(REPEAT_ERROR, entry);
  if (repeated.length === 0) await query(NEW_ERROR, entry);
  await query(QUARANTINED_EVENT, [...of, param.nvarchar('message', message)]);
}
