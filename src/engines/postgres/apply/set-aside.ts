import type pg from 'pg';
import { SluiceError } from '../../../core/errors.js';
import { MENDED_BY_RESYNC } from '../../../core/table-life.js';
import type { LaneClaim, TableFault } from '../../contract/lane.js';
import { toPgError } from '../pg-errors.js';
import { START_PARKING } from './sql/lane.js';
import { CHANGE_MEMBERSHIP, LOCK_TABLE_STATE, QUARANTINE, RECORD_FAULT } from './sql/set-aside.js';

/** Take a table out of the lane in one transaction; see LaneWriter.setAside. */
export async function setAside(
  client: pg.Client,
  claim: LaneClaim,
  fault: TableFault,
): Promise<void> {
  try {
    await client.query('begin');
    await quarantine(client, claim, fault);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw toPgError(error, 'the target');
  }
}

async function quarantine(client: pg.Client, claim: LaneClaim, fault: TableFault): Promise<void> {
  const { tableId, code, message } = fault;
  await client.query(LOCK_TABLE_STATE, [tableId]);
  const lanes = await client.query<{ position: string }>(CHANGE_MEMBERSHIP, [
    claim.laneId,
    claim.fence,
  ]);
  const lane = lanes.rows[0];
  if (lane === undefined) {
    throw new SluiceError('FENCED_OUT', `Lane ${claim.laneId} has a newer owner.`);
  }
  const tables = await client.query<{ pipeline: string; target: string; parked: boolean }>(
    QUARANTINE,
    [tableId, code, message, MENDED_BY_RESYNC.has(code)],
  );
  const table = tables.rows[0];
  if (table === undefined) return; // Removed meanwhile: the new membership says so.
  // One that parked already has parked everything since then; that place must stay.
  if (!table.parked) await client.query(START_PARKING, [[tableId], lane.position]);
  await client.query(RECORD_FAULT, [table.pipeline, table.target, tableId, code, message]);
}
