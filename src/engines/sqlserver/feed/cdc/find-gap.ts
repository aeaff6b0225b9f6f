import { z } from 'zod';
import type { FeedGap, Position } from '../../../contract/feed.js';
import type { Query } from '../../sql-session.js';
import { param } from '../../sql-session.js';
import { readIdentity } from '../../catalog/identity.js';
import { parseTime } from '../server-time.js';
import { readSwitch } from './enable.js';
import { readInstances } from './instances.js';
import { NO_LSN, toLsn } from './lsn.js';
import { READ_ONE_TRANSACTION } from './sql/state-sql.js';
import { readMaxLsn } from './window.js';

/** What a checkpoint says: where, in whose log, and what the target has from there. */
export interface Checkpoint {
  readonly position: Position;
  readonly lineage: string;
  readonly last?: { readonly position: Position; readonly time: Date | null } | null;
  /** When it was made, by the clock of the target. */
  readonly movedAt?: Date;
}

const TRANSACTION_ROW = z.object({ ended: z.string().nullable(), hasEarlier: z.number() });
/** What the clocks of both ends may be apart, beside what a commit takes to come over. */
const CLOCKS_MS = 5_000;
/** The server rounds times to 1/300 s, and its clock may have been set to another zone since. */
const ROUNDING_MS = 10;
const ZONE_STEP_MS = 30 * 60_000;
const MOST_ZONE_MS = 26 * 60 * 60_000;

/**
 * Whether the checkpoint belongs to this log. The numbers of a restored database begin again where
 * the backup ended, so the last transaction that the target has must still be there with its time.
 */
export async function findGap(query: Query, checkpoint: Checkpoint): Promise<FeedGap | null> {
  const { database, enabled } = await readSwitch(query);
  if (!enabled) {
    return { reason: `Change Data Capture was switched off in the database ${database}.` };
  }
  const reason =
    (await behindEnd(query, checkpoint.position)) ?? (await otherHistory(query, checkpoint));
  return reason === null ? null : { reason };
}

async function behindEnd(query: Query, position: Position): Promise<string | null> {
  const max = await readMaxLsn(query);
  if (max !== null) {
    return position <= max
      ? null
      : 'The captured log ends before the position of the target: the source was restored to an earlier time.';
  }
  if (position === NO_LSN) return null;
  const instances = await readInstances(query);
  const reaches = instances.some(({ start }) => start !== null && start <= position);
  return reaches
    ? null
    : 'Nothing of the log is captured any more: Change Data Capture was switched off and on again.';
}

async function otherHistory(query: Query, checkpoint: Checkpoint): Promise<string | null> {
  const { last } = checkpoint;
  const verdict = last == null ? 'unknown' : await sameTransaction(query, last);
  if (verdict === 'other') {
    return 'The last transaction that the target has is not in the log of the source: the source was restored to an earlier time.';
  }
  const { lineage } = await readIdentity(query);
  if (lineage === checkpoint.lineage) return null;
  if (verdict === 'same' && (await reachesIdlePosition(query, checkpoint))) return null;
  return 'The source is another database, or was restored, since the target followed it.';
}

/**
 * A position moves on where nothing happened, so the last transaction may lie before the point that
 * the source was restored to, and the position behind it. Then the log says something else there:
 * nothing at all, or what was committed after the target had left that place.
 */
async function reachesIdlePosition(query: Query, checkpoint: Checkpoint): Promise<boolean> {
  const { position, last, movedAt } = checkpoint;
  if (last == null || position <= last.position) return true;
  const { ended } = await readTransaction(query, position);
  if (ended === null || movedAt === undefined) return false;
  return parseTime(ended).getTime() <= movedAt.getTime() + CLOCKS_MS;
}

async function sameTransaction(
  query: Query,
  last: { readonly position: Position; readonly time: Date | null },
): Promise<'same' | 'other' | 'unknown'> {
  const { ended, hasEarlier } = await readTransaction(query, last.position);
  // Gone with everything before it: cleaned away, which says nothing.
  if (ended === null) return hasEarlier === 1 ? 'other' : 'unknown';
  if (last.time === null) return 'unknown';
  return isSameMoment(parseTime(ended), last.time) ? 'same' : 'other';
}

async function readTransaction(query: Query, position: Position) {
  const [row] = await query(READ_ONE_TRANSACTION, [param.varbinary('lsn', toLsn(position))]);
  return TRANSACTION_ROW.parse(row);
}

/** Equal but for rounding and for a change of the server's time zone. */
export function isSameMoment(a: Date, b: Date): boolean {
  const apart = Math.abs(a.getTime() - b.getTime());
  if (apart > MOST_ZONE_MS + ROUNDING_MS) return false;
  const rest = apart % ZONE_STEP_MS;
  return rest <= ROUNDING_MS || ZONE_STEP_MS - rest <= ROUNDING_MS;
}
