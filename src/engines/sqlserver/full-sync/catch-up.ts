import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import { MENDED_BY_RESYNC } from '../../../core/table-life.js';
import type { StageRef } from '../../contract/full-sync.js';
import { param } from '../param.js';
import type { Query } from '../sql-session.js';
import { onlyRow } from '../state/state-db.js';
import { CATCH_UP, COPIED } from './sql/state-sql.js';

interface Row extends Record<string, unknown> {
  parks: boolean;
  lane_position: string | null;
  seen_position: string | null;
  waiting: number;
}

export interface CatchUp {
  /** The feed has delivered everything that the copy may have seen. */
  readonly lanePassed: boolean;
  /** And all of it is in the stage: keys are unique, rows belong together. */
  readonly consistent: boolean;
}

export async function readCatchUp(query: Query, stage: StageRef): Promise<CatchUp> {
  const row = onlyRow(await query<Row>(CATCH_UP, [param.bigint('table', stage.tableId)]));
  if (!row.parks) return { lanePassed: true, consistent: true };
  const { lane_position: lane, seen_position: seen } = row;
  // Positions are fixed-width text that sorts like the feed.
  const lanePassed = seen === null || (lane !== null && lane >= seen);
  return { lanePassed, consistent: lanePassed && row.waiting === 0 };
}

/**
 * Readers must never see a part of a table, whatever went wrong before.
 *
 * @throws SluiceError SERVER_BUSY while a planned chunk is missing, or nothing was planned
 */
export async function requireCopied(query: Query, stage: StageRef): Promise<void> {
  const params = [param.bigint('table', stage.tableId), param.bigint('epoch', stage.epoch)];
  const row = onlyRow(await query<{ planned: number; waiting: number }>(COPIED, params));
  if (row.planned > 0 && row.waiting === 0) return;
  const table = displayName(stage.target);
  throw new SluiceError('SERVER_BUSY', `Not every chunk of ${table} has been copied yet.`, {
    remedy: 'It is tried again; `sluice status` shows how far the copy is.',
  });
}

/**
 * @throws SluiceError STALE_EPOCH when changes were lost while this was under way: what it would show
 * is not whole
 */
export function assertNotSetAside(stage: StageRef, faultCode: string | null): void {
  if (!MENDED_BY_RESYNC.has(faultCode ?? '')) return;
  const message = `${displayName(stage.target)} was set aside; epoch ${stage.epoch} is over.`;
  throw new SluiceError('STALE_EPOCH', message);
}

/** Transient: the step is tried again and goes on where it stood. */
export function laneBehind(stage: StageRef): SluiceError {
  const table = displayName(stage.target);
  return new SluiceError(
    'SERVER_BUSY',
    `The change stream has not yet delivered all that the copy of ${table} has seen.`,
    { remedy: 'It is tried again; `sluice status` shows how far the stream is behind.' },
  );
}
