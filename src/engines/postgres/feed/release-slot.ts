import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from '../../../core/errors.js';
import type { FeedName } from '../../contract/feed.js';
import { sqlStateOf } from '../pg-errors.js';
import type { SqlSession } from '../sql-session.js';
import { feedObjects } from './feed-names.js';
import { END_READER } from './feed-sql.js';
import { readPublication, readSlot, whyInvalid } from './server-facts.js';

export interface SlotOwner {
  /** Sessions of this name are Sluice's own. */
  readonly applicationName: string;
  /** How long a reader may take to go once it was told to. */
  readonly takeOverMs: number;
}

const IN_USE = '55006';
const GONE = '42704';
const RETRY_MS = 100;

/**
 * Drop the slot, ending a stream of ours that reads it. False when a DBA made the slot. Idempotent.
 *
 * @throws SluiceError FEED_IN_USE when somebody else reads it
 */
export async function releaseSlot(
  session: SqlSession,
  name: FeedName,
  owner: SlotOwner,
): Promise<boolean> {
  const { slot, mayCreateSlot } = feedObjects(name);
  if (!mayCreateSlot) return false;
  const deadline = Date.now() + owner.takeOverMs;
  for (;;) {
    if ((await readSlot(session, slot)) === null) return true;
    await session.query(END_READER, [slot, owner.applicationName]);
    try {
      await session.query('SELECT pg_drop_replication_slot($1)', [slot]);
      return true;
    } catch (error) {
      const state = sqlStateOf(error);
      if (state === GONE) return true;
      if (state !== IN_USE) throw error;
      if (Date.now() > deadline) throw inUse(slot);
    }
    await delay(RETRY_MS);
  }
}

/**
 * A slot whose log is gone is of no use, nor, before version 18, is one whose position lies before
 * its publication was made: decoding it fails for ever.
 */
export async function dropUnreadable(
  session: SqlSession,
  name: FeedName,
  owner: SlotOwner,
): Promise<void> {
  const { slot, publication } = feedObjects(name);
  const facts = await readSlot(session, slot);
  if (facts === null) return;
  const readable = whyInvalid(facts) === null;
  if (readable && (await readPublication(session, publication)) !== null) return;
  await releaseSlot(session, name, owner);
}

function inUse(slot: string): SluiceError {
  return new SluiceError('FEED_IN_USE', `The replication slot ${slot} is read by somebody else.`, {
    remedy: 'End the session that pg_replication_slots names as its active_pid.',
  });
}
