import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import type { DrainResult, StageRef } from '../../contract/full-sync.js';
import { param } from '../param.js';
import type { MsSession, Query, SessionPool } from '../sql-session.js';
import { LOCK_TABLE, TABLE_FENCE } from './sql/state-sql.js';

/** Moves parked changes of one table, in order, inside the transaction that the session is in. */
export type DrainInto = (
  session: MsSession,
  stage: StageRef,
  into: 'stage' | 'live',
  maxRows: number,
) => Promise<DrainResult>;

export interface TargetContext {
  /** Sessions that write rows; closed by the caller. Long statements run here without a limit. */
  readonly pool: SessionPool;
  readonly drain: DrainInto;
  readonly rowversion: 'binary' | 'native';
  /** Whether a partition that has rows may be split. */
  readonly allowDataMovement: boolean;
}

export type TargetSessions = Pick<TargetContext, 'pool'>;

/** One step in one transaction. */
export async function inTarget<T>(
  context: TargetSessions,
  work: (query: Query, session: MsSession) => Promise<T>,
): Promise<T> {
  return context.pool.use(async (session) =>
    session.transaction(async (query) => work(query, session)),
  );
}

/**
 * Lock the table's row to the end of the transaction; only the owner of the fence goes on.
 *
 * @throws SluiceError STALE_EPOCH
 */
export async function beginTable(query: Query, stage: StageRef): Promise<void> {
  await assertFence(query, LOCK_TABLE, stage);
}

/** The fence is only looked at: its row must not stay locked while an index is built. */
export async function assertOwner(query: Query, stage: StageRef): Promise<void> {
  await assertFence(query, TABLE_FENCE, stage);
}

async function assertFence(query: Query, sql: string, stage: StageRef): Promise<void> {
  const [row] = await query<{ fence: string }>(sql, [param.bigint('table', stage.tableId)]);
  if (row?.fence === stage.fence) return;
  throw passedOn(stage);
}

export function passedOn(stage: StageRef): SluiceError {
  const table = displayName(stage.target);
  return new SluiceError('STALE_EPOCH', `Another worker has taken over the copy of ${table}.`, {
    remedy: 'Nothing to do: the newer owner goes on.',
  });
}
