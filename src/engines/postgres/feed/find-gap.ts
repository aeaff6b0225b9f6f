import { SluiceError } from '../../../core/errors.js';
import type { FeedGap, FeedName, Position } from '../../contract/feed.js';
import type { PgConnection } from '../connection-options.js';
import { parseLsn } from '../replication/lsn.js';
import type { SqlSession } from '../sql-session.js';
import { feedObjects } from './feed-names.js';
import { otherHistory } from './same-history.js';
import { READ_END } from './feed-sql.js';
import type { Lineage } from './lineage.js';
import { branchPoint, parseLineage, readIdentity } from './lineage.js';
import { readPublication, readSlot, whyInvalid } from './server-facts.js';

/** What a checkpoint says: where, and in whose log. */
export interface Checkpoint {
  readonly position: Position;
  readonly lineage: string;
  /** The last source transaction that the target has, and when it was committed. */
  readonly last?: { readonly position: Position; readonly time: Date | null } | null;
}

/**
 * The server moves a reader that asks for too early a position forward without a word, so every
 * way in which a checkpoint and a feed can fail to meet is looked at here.
 */
export async function findGap(
  session: SqlSession,
  connection: PgConnection,
  name: FeedName,
  checkpoint: Checkpoint,
  takeOverMs: number,
): Promise<FeedGap | null> {
  const { publication, slot } = feedObjects(name);
  const reason =
    (await otherLog(session, connection, checkpoint)) ??
    (await slotGap(session, slot, checkpoint.position)) ??
    ((await readPublication(session, publication)) === null
      ? `The publication ${publication} does not exist (any more), so changes were not decoded.`
      : null);
  if (reason !== null) return { reason };
  const { position, last } = checkpoint;
  const { applicationName } = connection;
  // Undefined: the caller does not know what the target has.
  if (last === undefined) return null;
  const check = { slot, publication, applicationName, takeOverMs, position, last };
  const other = await otherHistory(session, check);
  return other === null ? null : { reason: other };
}

async function otherLog(
  session: SqlSession,
  connection: PgConnection,
  checkpoint: Checkpoint,
): Promise<string | null> {
  const made = parseLineage(checkpoint.lineage);
  const present = parseLineage((await readIdentity(session)).lineage);
  if (made.system !== present.system) {
    return 'The source is another server than the one that the target was following.';
  }
  const left = await whereItBranched(connection, made, present);
  if (left === 'elsewhere') {
    return `The source is on timeline ${String(present.timeline)}, which does not come from timeline ${String(made.timeline)} that the target was following.`;
  }
  if (left !== 'same' && parseLsn(checkpoint.position) > left) {
    return 'The source was promoted or restored at an earlier position than the target has reached.';
  }
  const end = await session.query<{ lsn: string | null }>(READ_END);
  if (parseLsn(checkpoint.position) > parseLsn(end[0]?.lsn ?? '0/0')) {
    return "The source's log ends before the position of the target: the source was restored to an earlier time.";
  }
  return null;
}

async function whereItBranched(
  connection: PgConnection,
  made: Lineage,
  present: Lineage,
): Promise<'same' | 'elsewhere' | bigint> {
  if (made.timeline === present.timeline) return 'same';
  if (made.timeline > present.timeline) return 'elsewhere';
  return (await branchPoint(connection, made.timeline, present.timeline)) ?? 'elsewhere';
}

async function slotGap(
  session: SqlSession,
  name: string,
  position: Position,
): Promise<string | null> {
  const slot = await readSlot(session, name);
  if (slot === null) return `The replication slot ${name} does not exist (any more).`;
  if (slot.plugin !== 'pgoutput') return `The replication slot ${name} is not one of pgoutput.`;
  const invalid = whyInvalid(slot);
  if (invalid !== null) return `The replication slot ${name} is lost: ${invalid}.`;
  if (parseLsn(slot.confirmed_flush_lsn ?? '0/0') <= parseLsn(position)) return null;
  return `The replication slot ${name} has moved past the target's position: it was advanced or made again, or the target was restored to an earlier time.`;
}

/** Throws SluiceError FEED_GAP when the slot, held by this session's stream, starts after `from`. */
export async function assertStartsAt(
  session: SqlSession,
  slot: string,
  from: Position,
): Promise<void> {
  const reason = await slotGap(session, slot, from);
  if (reason === null) return;
  throw new SluiceError('FEED_GAP', reason, {
    remedy: 'Resync the tables of this pipeline: changes between the two positions are lost.',
  });
}
