import type pg from 'pg';
import type { Position } from '../../contract/feed.js';
import type { DrainResult, StageRef } from '../../contract/full-sync.js';
import { toPgError } from '../pg-errors.js';
import type { SessionPool } from '../state/session-pool.js';
import type { StateSession } from '../state/state-db.js';
import { inTransaction } from '../state/state-db.js';

/** Moves parked changes of one table, in order, inside the caller's transaction. */
export type DrainInto = (
  client: pg.Client,
  stage: StageRef,
  into: 'stage' | 'live',
  maxRows: number,
) => Promise<DrainResult>;

/** A position that everything which was fetched until now has seen at most; may wait for it. */
export type LogEnd = () => Promise<Position>;

export interface TargetContext {
  /** Sessions that write rows; closed by the caller. */
  readonly pool: SessionPool;
  /** Names the target in errors. */
  readonly subject: string;
  /** For building keys and indexes, as the server writes it, e.g. 512MB; default: 256MB. */
  readonly maintenanceWorkMem?: string;
  readonly drain: DrainInto;
  /** Of a source that does not tell at once what rows have seen which the drain fetches. */
  readonly logEnd?: LogEnd;
  /** A chunk of which nothing moves for so long is given up; default: STALLED_MS. */
  readonly stalledMs?: number;
}

/** All that a step needs which drains nothing. */
export type TargetSessions = Pick<TargetContext, 'pool' | 'subject'>;

/** One step on a session of its own; every error is a SluiceError. */
export async function onTarget<T>(
  context: TargetSessions,
  body: (client: pg.Client) => Promise<T>,
): Promise<T> {
  try {
    return await context.pool.use(body);
  } catch (error) {
    throw toPgError(error, context.subject);
  }
}

/** One step in one transaction. */
export async function inTarget<T>(
  context: TargetSessions,
  body: (session: StateSession, client: pg.Client) => Promise<T>,
): Promise<T> {
  return onTarget(context, async (client) =>
    inTransaction(client, async (session) => body(session, client)),
  );
}

/**
 * Long work on purpose: the connection's statement timeout is for what should be short. A cancelled
 * activity ends it on the server.
 */
export const NO_STATEMENT_TIMEOUT = `set local statement_timeout = 0`;

/** Lock the table's row to the end of the transaction; only the owner of the fence goes on. */
export async function beginTable(session: StateSession, stage: StageRef): Promise<void> {
  await session.rows('select sluice.table_begin($1, $2)', [stage.tableId, stage.fence]);
}
