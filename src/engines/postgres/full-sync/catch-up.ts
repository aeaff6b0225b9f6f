import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import { MENDED_BY_RESYNC } from '../../../core/table-life.js';
import type { StageRef } from '../../contract/full-sync.js';
import type { StateSession } from '../state/state-db.js';
import { onlyRow } from '../state/state-db.js';

/**
 * Rows are read at different moments, so a stage is one state of the source only from the position
 * on that every chunk's snapshot lies before, and what was fetched while catching up. A table that
 * does not park has no feed.
 */
const CATCH_UP = `
select t.parks,
       coalesce(l.position collate "C" >= seen.position, seen.position is null) as lane_passed,
       exists (select from sluice.parked p
                where p.table_id = t.table_id and p.position collate "C" <= seen.position)
         as waiting
  from sluice.table_state t
  left join sluice.lane l using (lane_id)
 cross join lateral (select greatest(max(c.source_position collate "C"), t.stage_position)
                              as position
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

const COPIED = `
select count(*) > 0 and bool_and(state = 'done') as copied
  from sluice.chunk
 where table_id = $1 and epoch = $2`;

/**
 * Readers must never see a part of a table, whatever went wrong before.
 *
 * @throws SluiceError SERVER_BUSY while a planned chunk is missing, or nothing was planned
 */
export async function requireCopied(session: StateSession, stage: StageRef): Promise<void> {
  const rows = await session.rows<{ copied: boolean | null }>(COPIED, [stage.tableId, stage.epoch]);
  if (rows[0]?.copied === true) return;
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
