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
}

const TRANSACTION_ROW = z.object({ ended: z.string().nullable(), hasEarlier: z.number() });
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
  if (verdict === 'same') return null;
  const { lineage } = await readIdentity(query);
  if (lineage === checkpoint.lineage) return null;
  return 'The source is another database, or was restored, since the target followed it.';
}

async function sameTransaction(
  query: Query,
  last: { readonly position: Position; readonly time: Date | null },
): Promise<'same' | 'other' | 'unknown'> {
  const [row] = await query(READ_ONE_TRANSACTION, [param.varbinary('lsn', toLsn(last.position))]);
  const { ended, hasEarlier } = TRANSACTION_ROW.parse(row);
  // Gone with everything before it: cleaned away, which says nothing.
  if (ended === null) return hasEarlier === 1 ? 'other' : 'unknown';
  if (last.time === null) return 'unknown';
  return isSameMoment(parseTime(ended), last.time) ? 'same' : 'other';
}

/** Equal but for rounding and for a change of the server's time zone. */
export function isSameMoment(a: Date, b: Date): boolean {
  const apart = Math.abs(a.getTime() - b.getTime());
  if (apart > MOST_ZONE_MS + ROUNDING_MS) return false;
  const rest = apart % ZONE_STEP_MS;
  return rest <= ROUNDING_MS || ZONE_STEP_MS - rest <= ROUNDING_MS;
}
